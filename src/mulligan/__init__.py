"""Mulligan trains, judges and applies generative adversarial networks."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mulligan.api import Evaluation, Model, Result, evaluate, load, resume, train
    from mulligan.critique import Critique
    from mulligan.errors import MulliganError
    from mulligan.recipe import Facts, Recipe
    from mulligan.schedule import Cosine, Linear

__version__ = "0.1.0"

# Loaded when first used, so that ``import mulligan`` loads neither a tensor library nor anything else that is slow.
_HOMES = {
    "api": ("Evaluation", "Model", "Result", "evaluate", "load", "resume", "train"),
    "critique": ("Critique",),
    "errors": ("MulliganError",),
    "recipe": ("Facts", "Recipe"),
    "schedule": ("Cosine", "Linear"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Cosine",
    "Critique",
    "Evaluation",
    "Facts",
    "Linear",
    "Model",
    "MulliganError",
    "Recipe",
    "Result",
    "evaluate",
    "load",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "keras":  # which nobody else loads
        return import_module("mulligan.keras")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mulligan' has no attribute {name!r}")
    return getattr(import_module(f"mulligan.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


class _Package(ModuleType):
    """``mulligan.train`` is the function, also once the folder of that name is imported and wants to stand there."""

    @property
    def train(self) -> Any:
        return import_module("mulligan.api").train

    @train.setter
    def train(self, folder: ModuleType) -> None:
        pass  # found in sys.modules by all who import from it


sys.modules[__name__].__class__ = _Package
