"""mulligan list"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="List the recipes.")
@_options.as_json
def command(as_json: bool) -> None:
    """List the published recipes, a line each: name, in which frameworks it runs, what it is."""
    from mulligan import recipes
    from mulligan.recipes._frameworks import frameworks

    auto = "Picks by shape, count and device, says what it picked and what labels there are: the default."
    found = {
        name: {"frameworks": frameworks(name), "about": auto if name == recipes.AUTO else recipes.get(name).about}
        for name in recipes.names()
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    wide = max(len(", ".join(entry["frameworks"])) for entry in found.values())
    for name, entry in found.items():
        click.echo(f"{name:<12} {', '.join(entry['frameworks']):<{wide}}  {entry['about']}")
