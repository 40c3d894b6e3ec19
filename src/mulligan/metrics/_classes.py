"""Samples counted by the class that a classifier finds likeliest."""

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._features import Features

ENOUGH_OF_A_CLASS = 20  # real samples


def _counts(probabilities: np.ndarray) -> np.ndarray:
    """How many samples [n, classes] have each class as their likeliest."""
    return np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])


def class_counts(real: Features, fake: Features, what: str) -> tuple[np.ndarray, np.ndarray]:
    """How many of the real and of the fake samples have each class as their likeliest.

    DataError where the classes are so many that the real samples cannot tell their shares.
    """
    assert real.probabilities is not None and fake.probabilities is not None, "the measure needs them"
    count, classes = real.probabilities.shape
    if count < ENOUGH_OF_A_CLASS * classes:
        there = f"there are {count} for {classes} classes"
        raise DataError(f"{what} needs {ENOUGH_OF_A_CLASS} real samples of a class; {there}, so give more of them")
    return _counts(real.probabilities), _counts(fake.probabilities)
