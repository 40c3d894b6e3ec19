"""In which frameworks a recipe can run: told from the files that exist, without loading one."""

from mulligan import recipes
from mulligan.recipes import auto
from mulligan.twins import FRAMEWORKS, has_twin


def frameworks(name: str) -> list[str]:
    """Those that have a form of every network and of the augmentation; for ``auto``, of all that it may pick."""
    found = auto.every() if name == recipes.AUTO else (recipes.get(name),)
    parts = [part for recipe in found for part in (*recipe.networks.values(), recipe.augment) if part is not None]
    homes = {type(part).__module__ for part in parts}
    return [framework for framework in FRAMEWORKS if all(has_twin(home, framework) for home in homes)]
