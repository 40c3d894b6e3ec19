"""A small classifier that is trained on the spot, on the labels of the very data that samples are measured against.

Seeded, and kept in the cache under the content of what it was trained on: one pixel changed, and it is trained anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics.extractors._fetch import cache_folder
from mulligan.metrics.extractors.classifier import Classifier

# Called with how many pictures are of use at most; gives batches of raw pictures uint8 [n, h, w, c] and their classes
# [n], counted from 0. Where there are more, they should be spread over all of the data.
Labelled = Callable[[int], Iterable[tuple[np.ndarray, np.ndarray]]]


@dataclass(frozen=True)
class Training:
    """On at most ``pictures`` of at most ``side`` pixels: ``images`` in all, but each no more than ``epochs`` times."""

    pictures: int = 60_000
    side: int = 32
    images: int = 300_000
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    dropout: float = 0.3
    features: int = 96
    seed: int = 0

    def network(self, shape: tuple[int, ...], classes: int) -> Classifier:
        """The classifier for pictures [h, w, c]; the smallest are halved later than others."""
        size, channels = min(max(shape[:2]), self.side), 1 if shape[2] == 1 else 3
        strides = (2, 2, 2) if size >= 16 else (1, 2, 2)
        return Classifier(size, channels, classes, widths=(24, 48, 96), strides=strides, features=self.features)

    def place(self, content: str) -> Path:
        """Where the weights are kept that come of this training on that content."""
        return cache_folder() / f"trained-{sha256(f'{content} {asdict(self)}'.encode()).hexdigest()[:32]}.safetensors"


def unlabelled(most: int) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """What there is to learn from where nobody gave anything."""
    raise DataError("the extractor 'trained' learns from the labels of the data; give data that has some")


def checked(labels: np.ndarray) -> np.ndarray:
    """Labels [n] as 64-bit integers; DataError for any that are no classes."""
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer) or labels.min(initial=0) < 0:
        raise DataError("the extractor 'trained' learns from classes counted from 0; give data that has such labels")
    return labels.astype(np.int64)


def count(labels: np.ndarray) -> int:
    """How many classes there are; DataError where there are none to be told apart."""
    if (found := len(np.unique(labels))) < 2:
        raise DataError(f"the extractor 'trained' tells classes apart, and there are {found}; type another one")
    return int(labels.max()) + 1
