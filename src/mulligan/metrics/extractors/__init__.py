"""What turns pictures into features and class probabilities: one file per network, framework twins beside it."""

from mulligan.metrics.extractors._choose import Choice, choose, names
from mulligan.metrics.extractors._open import open_extractor, open_perceptual

__all__ = ["Choice", "choose", "names", "open_extractor", "open_perceptual"]
