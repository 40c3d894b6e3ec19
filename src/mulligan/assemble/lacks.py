"""What a recipe cannot have in a framework, tried or read from which files have no twin, and what differs in each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mulligan import catalogue
from mulligan.errors import MulliganError
from mulligan.recipe import Recipe
from mulligan.twins import FRAMEWORKS, has_twin

_TRIED: dict[str, dict[str, Any]] = {"compile": {"compile": True}, "bfloat16": {"precision": "bfloat16"}}
_FILES = {"several processes": "mulligan.train.processes"}
_FOLDERS = {"extractors": "metrics/extractors", "networks": "networks", "augmentation": "augment"}


def lacks(backend: Any, plan: Any) -> dict[str, str]:
    """What is missing, and why; ``plan`` is of the recipe as it trains."""
    found = {name: why for name, changes in _TRIED.items() if (why := _refused(backend, plan, changes))}
    found |= {name: "there is none of it yet" for name, home in _FILES.items() if not has_twin(home, backend.name)}
    missing = {name: ", ".join(_without_twin(folder, backend.name)) for name, folder in _FOLDERS.items()}
    return found | {name: names for name, names in missing.items() if names}


def drawn_by_the_framework(recipe: Recipe) -> list[str]:
    """What comes from the framework's own generator, so that no two frameworks have the same."""
    dropout = any(getattr(net, "dropout", 0) for net in recipe.networks.values())
    return [
        name
        for name, is_there in {"dropout": dropout, "instance noise": recipe.instance_noise != 0}.items()
        if is_there
    ]


def _refused(backend: Any, plan: Any, changes: dict[str, Any]) -> str:
    try:
        backend.step(replace(plan.recipe, **changes), plan.codec.shape, plan.labels, 0)
    except MulliganError as error:
        return str(error)
    return ""


def _without_twin(folder: str, framework: str) -> Iterator[str]:
    """Members of a folder that another framework has, and this one has not."""
    for name in catalogue.listing(folder):
        home = f"mulligan.{folder.replace('/', '.')}.{name}"
        if not has_twin(home, framework) and any(has_twin(home, other) for other in FRAMEWORKS):
            yield name
