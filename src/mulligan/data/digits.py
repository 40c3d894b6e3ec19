"""The 1,797 handwritten digits, 8x8 grey, that come with scikit-learn: the data that is always there."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mulligan.data._listing import InMemory

# A fixed half for training (899) and half for testing (898), from sha256 so that no library version can move it.
TRAIN_COUNT = 899

FILE = Path("datasets", "data", "digits.csv.gz")  # in scikit-learn

LICENCE = "CC BY 4.0 (E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI repository)"


def listing(place: str, split: str) -> InMemory:
    """The digits of one split, pixels 0..16 scaled to 0..255, labelled by their class."""
    pixels, labels = _pixels_and_labels()
    raw = np.rint(pixels.reshape(-1, 8, 8, 1) * (255 / 16)).astype(np.uint8)  # [n, 8, 8, 1]
    chosen = _indices(len(raw), split)
    return InMemory(
        kind="digits",
        where=place,
        splits=("train", "test"),
        class_names=tuple("0123456789"),
        licence=LICENCE,
        count=len(chosen),
        shape=(8, 8, 1),
        samples=raw[chosen],
        labels=labels[chosen].astype(np.int64),
    )


@cache
def _pixels_and_labels() -> tuple[np.ndarray, np.ndarray]:
    """Pixels [n, 64] and labels [n]; by the file alone, as scikit-learn itself takes more than a second to load."""
    library = find_spec("sklearn")
    for home in (library.submodule_search_locations or ()) if library else ():
        if (path := Path(home, FILE)).is_file():
            table = np.loadtxt(path, delimiter=",")
            return table[:, :-1], table[:, -1]
    from sklearn.datasets import load_digits  # which knows where a later version has it

    return load_digits(return_X_y=True)


def _indices(count: int, split: str) -> np.ndarray:
    keys = [hashlib.sha256(f"digits {index}".encode()).digest() for index in range(count)]
    order = np.array(sorted(range(count), key=keys.__getitem__))
    halves = {"train": order[:TRAIN_COUNT], "test": order[TRAIN_COUNT:], "all": order}
    return np.sort(halves[split])
