"""From a spec to its twin in a framework."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mulligan.errors import RecipeError

ENDINGS = {"torch": "torch", "tensorflow": "keras"}


def build(spec: Any, framework: str) -> Any:
    """What ``spec`` describes, from the class of the same name in the twin file of ``framework``."""
    home = type(spec).__module__
    twin = f"{home}_{ENDINGS.get(framework, framework)}"
    if find_spec(twin) is None:
        raise RecipeError(f"{home.rpartition('.')[2]} has no {framework} form; type --set augment=none to go without")
    return getattr(import_module(twin), type(spec).__name__)(spec)
