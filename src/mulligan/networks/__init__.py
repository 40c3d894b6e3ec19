"""Generators and critics, one file each: ``NAME.py`` holds the numbers, ``NAME_torch.py``, ``NAME_keras.py`` build it.

``networks.listing()`` names what is in the folder; ``networks.dcgan`` loads one of them when it is first asked for.
"""

import importlib
import pkgutil
from types import ModuleType

from mulligan.errors import RecipeError, nearest


def listing() -> list[str]:
    """The names of all architectures, read from the folder."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in names if not name.startswith("_") and not name.endswith(("_torch", "_keras")))


def load(name: str) -> ModuleType:
    """The module of one architecture; RecipeError names the nearest match when there is none of that name."""
    if name not in listing():
        raise RecipeError(f"There is no network '{name}'; there are {', '.join(listing())}.{nearest(name, listing())}")
    return importlib.import_module(f"{__name__}.{name}")


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_") or name not in listing():
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return load(name)


def __dir__() -> list[str]:
    return [*listing(), "listing", "load"]
