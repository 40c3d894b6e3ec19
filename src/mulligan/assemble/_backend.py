"""The one place where the name of a framework becomes its code."""

from importlib import import_module
from typing import Any

from mulligan.errors import RecipeError, missing_extra, nearest

BACKENDS = {"torch": "torch"}  # name -> ending of the twin files


def open_backend(name: str = "torch", device: str = "auto") -> Any:
    """The backend of a framework on a device; DeviceError, or a sentence that says what to install."""
    if name not in BACKENDS:
        raise RecipeError(f"there is no backend {name!r}; expected {' or '.join(BACKENDS)}.{nearest(name, BACKENDS)}")
    try:
        module = import_module(f"mulligan.assemble.backend_{BACKENDS[name]}")
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == name:
            raise missing_extra(name, name) from None
        raise
    return module.Backend(device)
