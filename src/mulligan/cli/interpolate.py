"""mulligan interpolate"""

import json
from pathlib import Path
from typing import Any

import click

from mulligan.cli import _options


@click.command(short_help="Walk from sample to sample, as GIF, MP4 or PNG.")
@click.argument("model", type=_options.PLACE)
@_options.samples(6, "How many to walk through.", at_least=2)
@click.option(
    "--frames", type=click.IntRange(min=1), default=24, show_default=True, help="Pictures from one sample to the next."
)
@click.option(
    "--fps", type=click.IntRange(1, 100), default=24, show_default=True, help="Pictures per second of a film."
)
@_options.checkpoint
@_options.seed
@_options.label
@_options.out("File that ends in .gif, .mp4 or .png.  [default: walk.gif]")
@_options.mark
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(
    model: str,
    samples: int,
    frames: int,
    fps: int,
    seed: int | None,
    label: str | None,
    out: str | None,
    mark: bool,
    as_json: bool,
    **options: str | None,
) -> None:
    """Walk through the latent space of MODEL, a run folder or a model file, on the sphere."""
    from mulligan.apps.interpolate import interpolate
    from mulligan.apps.model import load

    opened = load(model, **_options.given(**options))
    words: dict[str, Any] = {
        "samples": samples,
        "frames": frames,
        "seed": seed or 0,
        "label": label,
        "fps": fps,
        "mark": mark,
    }
    file = interpolate(opened, Path(out or "walk.gif"), **words)
    click.echo(json.dumps(str(file)) if as_json else f"the walk is in {file}")
