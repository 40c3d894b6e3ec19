"""mulligan compare-frameworks"""

import json
from typing import Any

import click

from mulligan.cli import _options

FOLDER = "runs/frameworks"


@click.command(name="compare-frameworks", short_help="Train one recipe in PyTorch and in TensorFlow, side by side.")
@click.argument("recipe", type=_options.RECIPE)
@click.option("--data", type=_options.DATA, metavar="DATA", required=True, help="What to train on.")
@click.option("--time", "seconds", type=_options.Duration(), help="Training of both together.  [default: 1m]")
@click.option("--images", type=click.IntRange(min=1), help="Or how many images each of them sees.")
@_options.settings
@_options.seed
@_options.samples(2_000, "How many of each to score.", at_least=10)
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True, help="Of each of them.")
@click.option("--float64/--no-float64", default=True, help="Hold the first steps against one another in float64 too.")
@_options.device
@_options.out(f"Folder of tables, models and pictures.  [default: {FOLDER}]")
@_options.as_json
def command(recipe: str, data: str, out: str | None, as_json: bool, **options: Any) -> None:
    """Train RECIPE in both frameworks: same order of data, same starting weights, same latents.

    They take turns, a second each. Speeds, time to the first step, memory, size on disk, quality after the same images,
    and how far their first steps are apart, stand in OUT/frameworks.md, .csv and .json.
    """
    from mulligan.apps import compare_frameworks as app

    folder = out or FOLDER
    found = app.compare_frameworks(
        recipe, data, out=folder, tell=lambda line: click.echo(line, err=True), **_options.given(**options)
    )
    if as_json:
        click.echo(json.dumps(app.as_json(found)))
    else:
        click.echo(f"{app.document(found)}\nlook: {folder}/{app.PAGE}")
