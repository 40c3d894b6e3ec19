"""From a name, or from what the data looks like, to an extractor in a framework."""

import numpy as np

from mulligan.metrics._features import Extractor
from mulligan.metrics.extractors._choose import Choice, choose
from mulligan.metrics.extractors.trained import Labelled, unlabelled
from mulligan.twins import twin


def open_extractor(
    name: str | Choice = "auto",
    sample: np.ndarray | None = None,
    *,
    labelled: Labelled | None = None,
    device: str = "cpu",
    framework: str = "torch",
) -> Extractor:
    """The extractor of that name; for ``auto`` the one that ``choose`` picks for a sample of the real pictures.

    ``labelled(most)`` is asked for real pictures with their labels where the extractor is "trained" on them, and only
    there: it gives batches (raw uint8 [n, h, w, c], labels [n]), all in all at most ``most`` pictures, the same ones in
    the same order each time. What was trained is kept, and found again by the content of the pictures.

    RecipeError for an unknown name, ModelFileError where weights cannot be had, DataError where labels are needed and
    are not there, MissingExtraError where the framework is not installed.
    """
    choice = name if isinstance(name, Choice) else choose(name, sample)
    module = twin(
        f"mulligan.metrics.extractors.{choice.file}", framework, instead="type another --extractor or --backend"
    )
    learned = choice.file == "trained"
    extractor: Extractor = module.open_twin(labelled or unlabelled if learned else choice.which, device)
    return extractor


def open_perceptual(which: str = "vgg", *, device: str = "cpu", framework: str = "torch") -> Extractor:
    """Features of single pictures whose squared distance is LPIPS, with "vgg" or "alex"; too many for sets of them.

    RecipeError for another name, ModelFileError where weights cannot be had.
    """
    module = twin("mulligan.metrics.extractors.lpips", framework, instead="type another --backend")
    extractor: Extractor = module.open_twin(which, device)
    return extractor
