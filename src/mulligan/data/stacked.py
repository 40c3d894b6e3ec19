"""Stacked MNIST (Metz et al. 2017): three random digits as the red, green and blue of a picture, so 1,000 classes.

``stacked:FOLDER`` makes it from the idx files in FOLDER. Each split has as many pictures as it has there and is made
of that split alone; which digits go together is drawn once from a fixed seed.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mulligan.data import idx
from mulligan.data._listing import Arrays
from mulligan.errors import DataError

PREFIX = "stacked:"
CHANNELS = 3
SEEDS = {"train": 0, "test": 1}


@dataclass(kw_only=True)
class Stacked(Arrays):
    """The splits that are stacked, one after the other, with the seed of each; ``digits`` are the classes of each."""

    digits: int
    halves: list[tuple[int, idx.Idx]]

    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        made = [_stack(*half.loaded, self.digits, seed) for seed, half in self.halves]
        pictures, labels = zip(*made, strict=True)
        return np.concatenate(pictures), np.concatenate(labels)


def folder_of(place: str) -> Path:
    """The folder that is named behind the prefix."""
    return Path(place.removeprefix(PREFIX))


def listing(place: str, split: str) -> Stacked:
    """The pictures of one split, labelled by their digits: "123" is a 1 in red, a 2 in green and a 3 in blue."""
    folder = folder_of(place)
    if not folder.is_dir() or not idx.accepts(folder):
        raise DataError(f"There are no idx files at '{folder}'; expected a folder as of MNIST: {PREFIX}mnist/")
    whole = idx.listing(folder.resolve(), split)
    parts = [name for name in SEEDS if split in (name, "all") and name in whole.splits] or ["train"]
    halves = [(SEEDS[name], idx.listing(folder.resolve(), name)) for name in parts]
    digits = whole.class_names
    if whole.shape[2] != 1 or not digits or max(map(len, digits)) > 1:
        raise DataError(f"'{folder}' holds no grey pictures labelled by one digit, as {PREFIX} needs; expected MNIST")
    return Stacked(
        kind="stacked",
        where=f"{PREFIX}{whole.where}",
        files=whole.files,
        splits=whole.splits,
        class_names=tuple(a + b + c for a in digits for b in digits for c in digits),
        licence=whole.licence,
        count=len(whole),
        shape=(*whole.shape[:2], CHANNELS),
        digits=len(digits),
        halves=halves,
    )


def _stack(digits: np.ndarray, labels: np.ndarray | None, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As many pictures [n, h, w, 3] and labels [n] as there are digits [n, h, w, 1]."""
    assert labels is not None, "a listing without class names is refused"
    random = np.random.Generator(np.random.Philox(seed))
    chosen = random.integers(0, len(digits), (len(digits), CHANNELS))
    pictures = np.stack([digits[column, :, :, 0] for column in chosen.T], axis=-1)
    first, second, third = labels[chosen].T
    return pictures, (first * classes + second) * classes + third
