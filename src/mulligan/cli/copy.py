"""mulligan copy"""

import json
import shutil
from pathlib import Path

import click

from mulligan.cli import _options
from mulligan.errors import RecipeError


@click.command(short_help="Copy a recipe to a file that you own.")
@click.argument("recipe", type=_options.RECIPE)
@_options.out("The new file.  [default: my_RECIPE.py]")
@_options.as_json
def command(recipe: str, out: str | None, as_json: bool) -> None:
    """Copy RECIPE to a file to change and train with: mulligan train DATA --recipe FILE."""
    from mulligan import recipes

    source = recipes.source_file(recipe)
    target = Path(out or f"my_{source.name}")
    if target.suffix != ".py":
        raise RecipeError(f"{target} is no name for a recipe; expected one that ends in .py")
    if target.exists():
        raise RecipeError(f"{target} exists already; choose another name with --out")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    train = f"mulligan train digits --recipe {target}"
    click.echo(json.dumps(str(target)) if as_json else f"{recipe} is in {target}; train with it: {train}")
