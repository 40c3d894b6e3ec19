"""From a name, or from what the data looks like, to an extractor in a framework."""

from types import ModuleType

import numpy as np

from mulligan import twins
from mulligan.metrics._features import Extractor
from mulligan.metrics.extractors._choose import Choice, choose
from mulligan.metrics.extractors.trained import Labelled, unlabelled


def open_extractor(
    name: str | Choice = "auto",
    sample: np.ndarray | None = None,
    *,
    labelled: Labelled | None = None,
    device: str = "cpu",
    framework: str | None = None,
) -> Extractor:
    """The extractor of that name; for ``auto`` the one that ``choose`` picks for a sample of the real pictures.

    ``labelled(most)`` is asked for real pictures with their labels where the extractor is "trained" on them, and only
    there: it gives batches (raw uint8 [n, h, w, c], labels [n]), all in all at most ``most`` pictures, the same ones in
    the same order each time. What was trained is kept, and found again by the content of the pictures.

    ``framework`` is by default one that is installed; the features are the same in all.

    RecipeError for an unknown name or one that the framework has no form of, ModelFileError where weights cannot be
    had, DataError where labels are needed and are not there, MissingExtraError where the framework is not installed.
    """
    framework = twins.choose(framework)
    choice = name if isinstance(name, Choice) else choose(name, sample, framework)
    module = _twin(choice.file, framework, "type --extractor random_conv")
    learned = choice.file == "trained"
    extractor: Extractor = module.open_twin(labelled or unlabelled if learned else choice.which, device)
    return extractor


def open_perceptual(which: str = "vgg", *, device: str = "cpu", framework: str | None = None) -> Extractor:
    """Features of single pictures whose squared distance is LPIPS, with "vgg" or "alex"; too many for sets of them.

    RecipeError for another name, or where the framework has no form of it, ModelFileError where weights cannot be had.
    """
    module = _twin("lpips", twins.choose(framework), "take the features of another extractor")
    extractor: Extractor = module.open_twin(which, device)
    return extractor


def _twin(file: str, framework: str, instead: str) -> ModuleType:
    """The twin of a file of this folder; those that need the weights of others exist in torch alone."""
    torch = "type --backend torch" if twins.is_installed("torch") else "install torch: pip install 'mulligan[torch]'"
    return twins.twin(f"mulligan.metrics.extractors.{file}", framework, instead=f"{instead}, or {torch}")
