"""What a measure is shown: the features and class probabilities of a set of samples."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np

from mulligan.errors import DataError


class Features(NamedTuple):
    """``values`` [n, d] and, where the extractor is a classifier, ``probabilities`` [n, classes]."""

    values: np.ndarray
    probabilities: np.ndarray | None = None


class Extractor(Protocol):
    """Raw pictures in, features out.

    ``hash`` is the SHA-256 of its weights, ``resizer`` says how it brings pictures to its size.
    """

    name: str
    hash: str
    resizer: str
    class_names: tuple[str, ...] | None

    def __call__(self, raw: np.ndarray) -> Features:
        """Features of uint8 pictures [n, h, w, c]."""


def extract(
    batches: Iterable[np.ndarray], extractor: Extractor, progress: Callable[[int], None] | None = None
) -> Features:
    """One pass over raw uint8 batches [n, h, w, c]; after each, ``progress`` is told how many pictures are done."""
    parts, done = [], 0
    for raw in batches:
        check_raw(raw)
        parts.append(extractor(raw))
        done += len(raw)
        if progress:
            progress(done)
    if not done:
        raise DataError("there are no pictures to score; give a folder, model or data set that has some")
    return join(parts)


def join(parts: list[Features]) -> Features:
    """The features of several batches as one."""
    values = np.concatenate([part.values for part in parts])
    if any(part.probabilities is None for part in parts):
        return Features(values)
    return Features(values, np.concatenate([part.probabilities for part in parts]))


def check_raw(raw: np.ndarray) -> None:
    """Raise DataError unless ``raw`` is a batch of raw pictures."""
    if raw.ndim != 4 or raw.dtype != np.uint8 or raw.shape[-1] not in (1, 3, 4):
        expected = "expected uint8 pictures [n, height, width, 1 | 3 | 4]"
        raise DataError(f"a batch to score has shape {raw.shape} and type {raw.dtype}; {expected}")
