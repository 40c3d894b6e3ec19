"""mulligan copy"""

import shutil
from pathlib import Path

import click

from mulligan.cli import _options
from mulligan.errors import RecipeError


@click.command(short_help="Copy a recipe to a file that you own.")
@click.argument("recipe")
@_options.out("The new file.  [default: my_RECIPE.py]")
def command(recipe: str, out: str | None) -> None:
    """Copy RECIPE to a file to change and train with: mulligan train DATA --recipe FILE."""
    from mulligan import recipes

    target = Path(out or f"my_{recipe.replace('-', '_')}.py")
    if target.suffix != ".py":
        raise RecipeError(f"{target} is no name for a recipe; expected one that ends in .py")
    if target.exists():
        raise RecipeError(f"{target} exists already; choose another name with --out")
    shutil.copyfile(recipes.source_file(recipe), target)
    click.echo(f"{recipe} is in {target}; train with it: mulligan train digits --recipe {target}")
