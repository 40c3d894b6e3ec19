"""mulligan generate"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Make samples with a trained model.")
@click.argument("model", type=_options.PLACE)
@_options.samples(64, "How many to make.")
@_options.checkpoint
@_options.seed
@_options.label
@_options.out("Folder for pictures, grid and array file.  [default: generated]")
@_options.mark
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(
    model: str,
    samples: int,
    seed: int | None,
    label: str | None,
    out: str | None,
    mark: bool,
    as_json: bool,
    **options: str | None,
) -> None:
    """Make samples with MODEL, a run folder or a model file: a PNG each, one grid, and an npz file."""
    from mulligan.apps.generate import generate
    from mulligan.apps.model import load

    opened = load(model, **_options.given(**options))
    files = generate(opened, samples, Path(out or "generated"), seed=seed or 0, label=label, mark=mark)
    if as_json:
        click.echo(json.dumps([str(file) for file in files]))
    else:
        click.echo(f"{samples} samples are in {files[0].parent}/, the first ones on one page in {files[0]}")
