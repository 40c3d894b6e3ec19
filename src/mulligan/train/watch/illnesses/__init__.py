"""One illness to a file; a new file is looked for by being here."""

import pkgutil
from functools import lru_cache
from importlib import import_module

from mulligan.train.watch._illness import Illness


@lru_cache(maxsize=1)
def illnesses() -> tuple[Illness, ...]:
    """Every illness of this folder with its own thresholds, by name."""
    files = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{file}") for file in files]
    return tuple(kind() for module in modules for kind in vars(module).values() if _is_of(kind, module.__name__))


def _is_of(kind: object, module: str) -> bool:
    return isinstance(kind, type) and issubclass(kind, Illness) and kind.__module__ == module
