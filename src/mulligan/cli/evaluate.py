"""mulligan evaluate"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="Score a model, a run or pictures against real data.")
@click.argument("what")
@click.option("--data", "where", metavar="DATA", help="The real data.  [default: what the run was trained on]")
@click.option("-n", "--samples", type=click.IntRange(min=2), default=10_000, show_default=True, help="Samples to score.")
@click.option("--split", type=click.Choice(["train", "test", "all"]), default="train", show_default=True, help="Real side.")
@click.option("--extractor", default="auto", show_default=True, help="Feature extractor.")
@_options.seed
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(what: str, where: str | None, as_json: bool, **options: object) -> None:
    """Score WHAT, a run folder, a model file, or a folder of pictures: each number with its interval and protocol."""
    from mulligan.apps.evaluate import evaluate

    found = evaluate(what, where, **_options.given(**options))
    click.echo(json.dumps(found.to_json()) if as_json else found.table())
