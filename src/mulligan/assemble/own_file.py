"""A user's own recipe file: what a run or a model remembers of it, and how it is given back."""

from pathlib import Path
from types import ModuleType
from typing import Any

from mulligan import recipes
from mulligan.errors import RecipeError


def described(path: Path | None) -> dict[str, str] | None:
    """Name and hash of the file, for ``recipe.json`` and model files."""
    return {"name": path.name, "sha256": recipes.file_hash(path)} if path else None


def load(asked: Any, wanted: dict[str, str] | None) -> ModuleType | None:
    """The file that something was made with, as a module; RecipeError when it is not given or not the same."""
    if wanted is None:
        return None
    name = wanted["name"]
    if not isinstance(asked, str) or not recipes.is_file(asked):
        raise RecipeError(
            f"this was made with your own file {name}; name it, or the copy in the run folder: --recipe {name}"
        )
    if not Path(asked).is_file():
        there = f"the {name} that this was made with, of which the run folder keeps a copy"
        raise RecipeError(f"there is no recipe file {asked}; expected {there}")
    if recipes.file_hash(asked) != wanted["sha256"]:
        raise RecipeError(f"{asked} is not the {name} that this was made with; the run folder keeps a copy of that one")
    return recipes.load_file(asked)[1]
