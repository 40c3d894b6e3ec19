"""Samples counted by the class that a classifier finds likeliest."""

import numpy as np

from mulligan.errors import DataError

ENOUGH_OF_A_CLASS = 20  # real samples


def counts(probabilities: np.ndarray) -> np.ndarray:
    """How many samples [n, classes] have each class as their likeliest."""
    return np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])


def real_counts(probabilities: np.ndarray, what: str) -> np.ndarray:
    """The same for real samples; DataError where the classes are so many that these cannot tell their shares."""
    count, classes = probabilities.shape
    if count < ENOUGH_OF_A_CLASS * classes:
        there = f"there are {count} for {classes} classes"
        raise DataError(f"{what} needs {ENOUGH_OF_A_CLASS} real samples of a class; {there}, so give more of them")
    return counts(probabilities)
