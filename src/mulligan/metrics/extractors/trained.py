"""A small classifier that is trained on the spot, on the labels of the very data that samples are measured against.

Seeded, and kept in the cache under the content of what it was trained on: one pixel changed, and it is trained anew.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError

from mulligan.errors import DataError, ModelFileError
from mulligan.metrics.extractors import _weights
from mulligan.metrics.extractors._fetch import cache_folder
from mulligan.metrics.extractors._pixels import pixels
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

    def steps(self, pictures: int) -> int:
        """How many batches of so many pictures are learned from."""
        return max(min(self.images, self.epochs * pictures) // self.batch_size, 1)

    def place(self, content: str) -> Path:
        """Where the weights are kept that come of this training on that content."""
        return cache_folder() / f"trained-{sha256(f'{content} {asdict(self)}'.encode()).hexdigest()[:32]}.safetensors"


class Lesson(NamedTuple):
    """What is learned from: pictures [n, size, size, c] and labels [n], in 8 bits, and the hash of what they were."""

    network: Classifier
    pictures: np.ndarray
    labels: np.ndarray
    content: str


Tensors = dict[str, np.ndarray]
Learn = Callable[[Lesson, Training], Tensors]


def learned(labelled: Labelled, training: Training, keep: bool, learn: Learn) -> tuple[Classifier, Tensors]:
    """The classifier of this data, out of the cache where any framework has trained it before; ``keep`` puts it there.

    Its weights have torch's names and layouts.
    """
    lesson = _lesson(labelled, training)
    place = training.place(lesson.content)
    tensors = _kept(place) if keep else None
    if tensors is None:
        tensors = learn(lesson, training)
        if keep:
            _keep(place, tensors, lesson)
    return lesson.network, tensors


def unlabelled(most: int) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """What there is to learn from where nobody gave anything."""
    raise DataError("the extractor 'trained' learns from the labels of the data; give data that has some")


def _checked(labels: np.ndarray) -> np.ndarray:
    """Labels [n] as 64-bit integers; DataError for any that are no classes."""
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer) or labels.min(initial=0) < 0:
        raise DataError("the extractor 'trained' learns from classes counted from 0; give data that has such labels")
    return labels.astype(np.int64)


def _count(labels: np.ndarray) -> int:
    """How many classes there are; DataError where there are none to be told apart."""
    if (found := len(np.unique(labels))) < 2:
        raise DataError(f"the extractor 'trained' tells classes apart, and there are {found}; type another one")
    return int(labels.max()) + 1


def _lesson(labelled: Labelled, training: Training) -> Lesson:
    """Batches as they come, brought to the network's size at once: the pictures themselves may not fit."""
    content, shown, labels, shape = sha256(), [], [np.zeros(0, np.int64)], (1, 1, 1)
    for raw, classes in labelled(training.pictures):
        shape, spec = raw.shape[1:], training.network(raw.shape[1:], classes=0)
        shown.append(pixels(raw, (spec.size, spec.size), spec.channels).round().astype(np.uint8))
        labels.append(_checked(classes))
        content.update(np.ascontiguousarray(raw).data)
    every = np.concatenate(labels)
    content.update(f"{shape} ".encode() + every.tobytes())
    network = training.network(shape, _count(every))
    return Lesson(network, np.concatenate(shown), every, content.hexdigest())


def _kept(place: Path) -> Tensors | None:
    try:
        return _weights.load(place) if place.is_file() else None
    except ModelFileError:  # damaged: made again
        return None


def _keep(place: Path, tensors: Tensors, lesson: Lesson) -> None:
    """Written beside its place and moved there whole; a full disk costs the next training, not this one."""
    with suppress(OSError, SafetensorError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".trained-") as folder:
            part = Path(folder) / place.name
            _weights.save(part, tensors, {"network": asdict(lesson.network), "content": lesson.content})
            part.replace(place)
