"""Classes and splits, from the folders that pictures lie in or from a column of labels."""

from array import array
from collections.abc import Sequence

import numpy as np

# Folder names that mean a split and never a class.
SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "test", "valid": "test"}
SPLITS["validation"] = "test"

# More different values than this are a measurement, not classes.
MOST_CLASSES = 10_000


def common_folder(names: Sequence[str]) -> str:
    """The folder, with its slash, that all the names begin with; archives usually have one around everything."""
    shared = names[0].split("/")[:-1] if names else []
    for name in names:
        parts = name.split("/")[:-1]
        while shared != parts[: len(shared)]:
            shared.pop()
    return "".join(part + "/" for part in shared)


def split_folders(names: Sequence[str]) -> dict[str, list[int]]:
    """The indices per split, where all first-level folders are named like splits and one of them is for training."""
    skip = len(common_folder(names))
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        first, slash, _ = name[skip:].partition("/")
        split = SPLITS.get(first.lower()) if slash else None
        if split is None:
            return {}
        found.setdefault(split, []).append(index)
    return found if "train" in found else {}


def folder_classes(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray | None]:
    """Class names and labels [n], where every name lies in a first-level folder and there are at least two of those."""
    skip = len(common_folder(names))
    found: dict[str, int] = {}  # folders in the order in which they come, and their numbers
    numbers = array("q")
    for name in names:
        folder, slash, _ = name[skip:].partition("/")
        if not slash:
            return (), None
        numbers.append(found.setdefault(folder, len(found)))
    if len(found) < 2:
        return (), None
    class_names = tuple(sorted(found))
    position = {name: label for label, name in enumerate(class_names)}
    return class_names, np.array([position[folder] for folder in found], np.int64)[np.array(numbers)]


def value_classes(values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray | None]:
    """Class names and labels [n] from a column of whole numbers or words; nothing when the values are no classes."""
    values = values.reshape(len(values), -1)
    if values.shape[1] != 1 or values.dtype.kind not in "biufUS":
        return (), None
    values = values[:, 0]
    if values.dtype.kind == "f":
        if not np.array_equal(values, np.rint(values)):
            return (), None
        values = values.astype(np.int64)
    found, labels = np.unique(values, return_inverse=True)
    if not 2 <= len(found) <= MOST_CLASSES:
        return (), None
    if values.dtype.kind in "iu" and found[0] >= 0 and found[-1] < 2 * len(found):
        # Numbers from 0: keep them, so that a class missing from one split does not rename the others.
        return tuple(str(value) for value in range(int(found[-1]) + 1)), values.astype(np.int64)
    return tuple(v.decode() if isinstance(v, bytes) else str(v) for v in found), labels.astype(np.int64)


def why_no_classes(values: np.ndarray) -> str:
    """What labels are, for which ``value_classes`` finds nothing, and what was expected instead."""
    shape, different = list(values.shape), len(np.unique(values))
    if (
        values.ndim == 2
        and values.dtype.kind in "biuf"
        and {0, 1} == {*np.unique(values)}
        and (values.sum(1) == 1).all()
    ):
        return f"the labels are one-hot, of shape {shape}; expected the numbers of the classes: save labels.argmax(1)"
    if values.ndim != 1:
        found = f"are of shape {shape}"
    elif different < 2:
        found = f"are all {values[0]}"
    elif different > MOST_CLASSES:
        found = f"are {different:,} different values, more than {MOST_CLASSES:,}"
    else:
        found = f"are {values.dtype} and no whole numbers"
    return f"the labels {found}; expected whole numbers from 0, or texts, of shape [{len(values)}]"


def choose_split(names: list[str], split: str) -> tuple[list[str], np.ndarray | None, tuple[str, ...], tuple[str, ...]]:
    """The names of one split with labels [n], class names, and the splits that the folders define."""
    found = split_folders(names)
    if not found:
        class_names, labels = folder_classes(names)
        return names, labels, class_names, ()
    # Without the folder of the split, and over all splits, so that every split has the same classes.
    skip = len(common_folder(names))
    class_names, labels = folder_classes([name[skip:].partition("/")[2] for name in names])
    chosen = sorted(index for part, indices in found.items() if split in (part, "all") for index in indices)
    splits = tuple(part for part in ("train", "test") if part in found)
    if split not in (*splits, "all"):
        chosen = found["train"]
    return [names[i] for i in chosen], None if labels is None else labels[chosen], class_names, splits
