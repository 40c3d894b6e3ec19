"""mulligan generate"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Make samples with a trained model.")
@click.argument("model")
@click.option("-n", "--count", type=int, default=64, show_default=True, help="How many.")
@_options.seed
@_options.label
@_options.out("Folder for pictures, grid and array file.  [default: generated]")
@_options.mark
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(
    model: str, count: int, seed: int | None, label: str | None, out: str | None, mark: bool, as_json: bool, **options: str | None
) -> None:
    """Make samples with MODEL, a run folder or a model file: a PNG each, one grid, and an npz file."""
    from mulligan.apps.generate import generate
    from mulligan.apps.model import load

    files = generate(load(model, **_options.given(**options)), count, Path(out or "generated"), seed=seed or 0, label=label, mark=mark)
    if as_json:
        click.echo(json.dumps([str(file) for file in files]))
    else:
        click.echo(f"{count} samples in {files[0].parent}/, all on one page in {files[0]}")
