"""mulligan compare"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Compare runs in one table and on one page.")
@click.argument("models", nargs=-1, type=_options.PLACE, metavar="RUN RUN ...")
@click.option(
    "--data", metavar="DATA", type=_options.DATA, help="The real data.  [default: what the runs were trained on]"
)
@_options.samples(10_000, "How many of each to score.", at_least=10)
@_options.extractor
@_options.measures
@_options.quick
@_options.seed
@_options.seeds
@_options.checkpoint
@_options.out("The page.  [default: comparison.html]")
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(models: tuple[str, ...], data: str | None, out: str | None, as_json: bool, **options: object) -> None:
    """Measure runs or model files alike, and write a page with their samples side by side.

    Numbers that were not measured alike are never put side by side. What a run has kept of an equal evaluation is
    taken from there. Bold: the best, and what cannot be told from it.
    """
    from mulligan.apps.compare import compare

    page = Path(out or "comparison.html")
    found = compare(models, data, out=page, **_options.given(**options))
    if as_json:
        click.echo(json.dumps(found.to_json() | {"page": str(page)}))
    else:
        click.echo(f"{found.table()}\n\nlook: {page}")
