"""mulligan evaluate"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Score a model, a run or pictures against real data.")
@click.argument("what", type=_options.PLACE)
@click.option(
    "--data", metavar="DATA", type=_options.DATA, help="The real data.  [default: what the run was trained on]"
)
@_options.samples(10_000, "How many to score.", at_least=10)
@click.option(
    "--split", type=click.Choice(["train", "test", "all"]), default="train", show_default=True, help="Real side."
)
@_options.extractor
@_options.measures
@_options.quick
@_options.seed
@_options.seeds
@_options.checkpoint
@_options.out("Write all that was found to this JSON file too.")
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(what: str, data: str | None, out: str | None, as_json: bool, **options: object) -> None:
    """Score WHAT, a run folder, a model file, or a folder of pictures: each number with its interval and protocol.

    What was found of a run is kept in its folder and shown in its report.html.
    """
    from mulligan.apps.evaluate import evaluate

    found = evaluate(what, data, **_options.given(**options))
    if out:
        found.save(Path(out))
    click.echo(json.dumps(found.to_json()) if as_json else found.table())
