"""mulligan show"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="Show a whole recipe on one page.")
@click.argument("recipe", type=_options.RECIPE)
@click.option(
    "--size", type=_options.Size(), default="32", show_default=True, help="Pictures to show the networks for."
)
@click.option("--channels", type=click.IntRange(1, 4), default=1, show_default=True, help="Channels to show them for.")
@_options.settings
@_options.backend
@_options.as_json
def command(
    recipe: str, size: tuple[int, int], channels: int, settings: tuple[str, ...], backend: str | None, as_json: bool
) -> None:
    """Show RECIPE, a name or a file of yours: objective, game, networks with their sizes, and all numbers."""
    from mulligan.assemble.show import page, resolved

    shown = resolved(recipe, size, channels, settings)
    click.echo(json.dumps(shown.to_json()) if as_json else page(shown, backend))
