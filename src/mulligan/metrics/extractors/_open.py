"""From a name, or from what the data looks like, to an extractor in a framework."""

import numpy as np

from mulligan.metrics._features import Extractor
from mulligan.metrics.extractors._choose import Choice, choose
from mulligan.twins import twin


def open_extractor(
    name: str | Choice = "auto", sample: np.ndarray | None = None, *, device: str = "cpu", framework: str = "torch"
) -> Extractor:
    """The extractor of that name; for ``auto`` the one that ``choose`` picks for a sample of the real pictures.

    RecipeError for an unknown name, ModelFileError where weights cannot be had, MissingExtraError where the framework
    is not installed.
    """
    choice = name if isinstance(name, Choice) else choose(name, sample)
    module = twin(
        f"mulligan.metrics.extractors.{choice.file}", framework, instead="type another --extractor or --backend"
    )
    extractor: Extractor = module.open_twin(choice.which, device)
    return extractor
