"""mulligan check"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="Check a recipe of yours.")
@click.argument("recipe", type=_options.RECIPE)
@_options.backend
@_options.as_json
def command(recipe: str, backend: str | None, as_json: bool) -> None:
    """Check RECIPE, a file of yours or a name: builds it, plays some rounds on digits, saves and loads it."""
    from mulligan.assemble.check import check

    found = check(recipe, backend)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, said in found.items():
        click.echo(f"ok  {name:<26} {said}")
