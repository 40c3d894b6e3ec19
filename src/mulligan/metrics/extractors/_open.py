"""From a name, or from what the data looks like, to an extractor in a framework."""

import importlib

import numpy as np

from mulligan.errors import RecipeError, missing_extra, nearest
from mulligan.metrics._features import Extractor
from mulligan.metrics.extractors._choose import Choice, choose

# What a user types -> (ending of the twin's file, package that it needs).
FRAMEWORKS = {"torch": ("torch", "torch"), "tensorflow": ("keras", "keras")}


def open_extractor(name: str | Choice = "auto", sample: np.ndarray | None = None, *, device: str = "cpu",
                   framework: str = "torch") -> Extractor:  # fmt: skip
    """The extractor of that name; for ``auto`` the one that ``choose`` picks for a sample of the real pictures.

    RecipeError for an unknown name, ModelFileError where weights cannot be had, MissingExtraError where the framework
    is not installed.
    """
    choice = name if isinstance(name, Choice) else choose(name, sample)
    if framework not in FRAMEWORKS:
        choices = " or ".join(FRAMEWORKS)
        raise RecipeError(f"'{framework}' is no framework; type {choices}.{nearest(framework, FRAMEWORKS)}")
    ending, package = FRAMEWORKS[framework]
    home = f"mulligan.metrics.extractors.{choice.file}_{ending}"
    try:
        twin = importlib.import_module(home)
    except ModuleNotFoundError as error:
        if error.name == home:
            message = f"the extractor {choice.name} has no {framework} form; type another --extractor or --backend"
            raise RecipeError(message) from None
        if error.name and error.name.partition(".")[0] in {package, framework}:
            raise missing_extra(framework, framework) from None
        raise
    extractor: Extractor = twin.open_twin(choice.which, device)
    return extractor
