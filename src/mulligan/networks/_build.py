"""From a spec to its twin in a framework."""

import importlib
from typing import Any

from mulligan.errors import RecipeError, missing_extra, nearest

# What a user types -> (ending of the twin's file, package that it needs).
FRAMEWORKS = {"torch": ("torch", "torch"), "tensorflow": ("keras", "keras")}


def build(spec: Any, framework: str) -> Any:
    """The module that ``spec`` describes, built by the class of the same name in the twin file of ``framework``."""
    if framework not in FRAMEWORKS:
        choices = " or ".join(FRAMEWORKS)
        raise RecipeError(f"'{framework}' is no framework; type {choices}.{nearest(framework, FRAMEWORKS)}")
    ending, package = FRAMEWORKS[framework]
    home = type(spec).__module__
    try:
        twin = importlib.import_module(f"{home}_{ending}")
    except ModuleNotFoundError as error:
        if error.name == f"{home}_{ending}":
            message = f"{home.rpartition('.')[2]} has no {framework} form; choose another network or framework."
            raise RecipeError(message) from None
        if error.name and error.name.partition(".")[0] in {package, framework}:
            raise missing_extra(framework, framework) from None
        raise
    return getattr(twin, type(spec).__name__)(spec)
