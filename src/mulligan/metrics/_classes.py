"""Samples counted by the class that a classifier finds likeliest."""

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._features import Features, given

ENOUGH_OF_A_CLASS = 20  # real samples


def _counts(probabilities: np.ndarray) -> np.ndarray:
    """How many samples [n, classes] have each class as their likeliest."""
    return np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])


def class_counts(real: Features, fake: Features, what: str) -> tuple[np.ndarray, np.ndarray]:
    """How many of the real and of the fake samples have each class as their likeliest.

    DataError where the classes are so many that the real samples cannot tell their shares.
    """
    of_real, of_fake = given(real.probabilities, "probabilities"), given(fake.probabilities, "probabilities")
    count, classes = of_real.shape
    if count < ENOUGH_OF_A_CLASS * classes:
        there = f"there are {count} for {classes} classes"
        raise DataError(f"{what} needs {ENOUGH_OF_A_CLASS} real samples of a class; {there}, so give more of them")
    return _counts(of_real), _counts(of_fake)
