"""What a measure is shown: the features and class probabilities of a set of samples."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from mulligan.errors import DataError

Part = TypeVar("Part")


class Features(NamedTuple):
    """``values`` [n, d], and what a measure may need beside them, each where there is such a thing.

    ``probabilities`` [n, classes] of an extractor that is a classifier; ``raw`` [m, h, w, c], the first m <= n pictures
    themselves; ``labels`` [n], the class that the data gives or that the generator was asked for; ``held_out``, the
    features of real samples that no training has seen.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None
    raw: np.ndarray | None = None
    labels: np.ndarray | None = None
    held_out: "Features | None" = None

    @property
    def known(self) -> frozenset[str]:
        """The names of what is there."""
        return frozenset(name for name, value in zip(self._fields, self, strict=True) if value is not None)


def given(part: Part | None, name: str) -> Part:
    """A part of some features; DataError where a measure that needs it was called, and it is not there."""
    if part is None:
        raise DataError(f"these features have no {name}, which the measure needs; give Features(..., {name}=...)")
    return part


class Extractor(Protocol):
    """Raw pictures in, features out.

    ``hash`` is the SHA-256 of its weights, ``resizer`` says how it brings pictures to its size.
    """

    name: str
    hash: str
    resizer: str
    class_names: tuple[str, ...] | None

    def __call__(self, raw: np.ndarray) -> Features:
        """Features of uint8 pictures [n, h, w, c], or of floats from 0 to 255 that were never rounded."""


def extract(
    batches: Iterable[np.ndarray],
    extractor: Extractor,
    progress: Callable[[int], None] | None = None,
    keep_raw: int = 0,
) -> Features:
    """One pass over raw uint8 batches [n, h, w, c]; after each, ``progress`` is told how many pictures are done.

    The first ``keep_raw`` pictures stay beside their features.
    """
    parts, done = [], 0
    for raw in batches:
        check_raw(raw)
        kept = raw[: max(0, keep_raw - done)].copy() if keep_raw else None  # a view would hold on to the whole batch
        parts.append(extractor(raw)._replace(raw=kept))
        done += len(raw)
        if progress:
            progress(done)
    if not done:
        raise DataError("there are no pictures to score; give a folder, model or data set that has some")
    return join(parts)


def join(parts: list[Features]) -> Features:
    """The features of several batches as one."""
    return Features(
        np.concatenate([part.values for part in parts]),
        probabilities=_joined([part.probabilities for part in parts]),
        raw=_joined([part.raw for part in parts]),
        labels=_joined([part.labels for part in parts]),
    )


def _joined(arrays: list[np.ndarray | None]) -> np.ndarray | None:
    there = [array for array in arrays if array is not None]
    return np.concatenate(there) if len(there) == len(arrays) else None


def check_raw(raw: np.ndarray) -> None:
    """Raise DataError unless ``raw`` is a batch of raw pictures."""
    if raw.ndim != 4 or raw.dtype != np.uint8 or raw.shape[-1] not in (1, 3, 4):
        expected = "expected uint8 pictures [n, height, width, 1 | 3 | 4]"
        raise DataError(f"a batch to score has shape {raw.shape} and type {raw.dtype}; {expected}")
