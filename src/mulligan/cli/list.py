"""mulligan list"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="List the recipes.")
@_options.as_json
def command(as_json: bool) -> None:
    """List the published recipes, a line each."""
    from mulligan import recipes

    auto = "Picks by shape, count and device, says what it picked and what labels there are: the default."
    about = {name: auto if name == recipes.AUTO else recipes.get(name).about for name in recipes.names()}
    if as_json:
        click.echo(json.dumps(about))
        return
    for name, text in about.items():
        click.echo(f"{name:<12} {text}")
