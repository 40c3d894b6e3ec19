"""Arrays of numpy: ``.npy``, or ``.npz`` with pictures (or points) and optional labels."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mulligan.data._files import licence_beside
from mulligan.data._labels import value_classes, why_no_classes
from mulligan.data._layout import to_pictures
from mulligan.data._listing import Arrays
from mulligan.errors import DataError

# Accepted names in an .npz, whatever their case; the first that is there counts.
SAMPLE_KEYS = ("images", "x", "arr_0", "x_train", "data", "samples")
LABEL_KEYS = ("labels", "y", "arr_1", "y_train", "label")


@dataclass(kw_only=True)
class Numpy(Arrays):
    """One set of samples, already in memory: numpy files have to be read whole to see their range."""

    samples: np.ndarray
    labels: np.ndarray | None

    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        return self.samples, self.labels


def accepts(path: Path) -> bool:
    """Whether this is a numpy file."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(6) == b"\x93NUMPY":
            return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def listing(place: Path, split: str) -> Numpy:
    """The samples of a numpy file: [n, d] is points; [n, h, w], [n, h, w, c] and [n, c, h, w] are pictures.

    Pictures are uint8, or numbers whose range says what white is: 0..1, -1..1 or 0..255. Nothing pickled is loaded.
    """
    arrays = _load(place)
    samples = _named(arrays, SAMPLE_KEYS)
    if samples is None:
        raise DataError(
            f"'{place.name}' holds arrays named {', '.join(sorted(arrays)) or '(none)'}; "
            "expected the samples as 'images' (and labels as 'labels')."
        )
    values = _named(arrays, LABEL_KEYS)
    if values is not None and (values.ndim == 0 or len(values) != len(samples)):
        raise DataError(
            f"'{place.name}' holds {len(samples):,} samples and labels of shape {values.shape}; expected one label for "
            "each: save both with numpy.savez(file, images=..., labels=...), or the images alone."
        )
    class_names, labels = value_classes(values) if values is not None else ((), None)
    unlabelled = why_no_classes(values) if values is not None and labels is None else ""
    samples, notes_of_layout = _samples(samples, place.name)
    return Numpy(
        kind="arrays",
        where=place.name,
        files={"": place},
        class_names=class_names,
        licence=licence_beside(place),
        unlabelled=unlabelled,
        notes=[*([f"labels are not used: {unlabelled}"] if unlabelled else []), *notes_of_layout],
        count=len(samples),
        shape=samples.shape[1:],
        samples=samples,
        labels=labels,
    )


def _load(place: Path) -> dict[str, np.ndarray]:
    try:
        loaded = np.load(place, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"images": loaded}
        with loaded:
            wanted = [key for key in loaded.files if key.lower() in SAMPLE_KEYS + LABEL_KEYS]
            return {key.lower(): loaded[key] for key in wanted} or dict.fromkeys(loaded.files)  # type: ignore[return-value]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"'{place.name}' holds pickled Python objects, which can run code and are never loaded; "
            "save plain numbers with numpy.savez(file, images=...)."
        ) from error


def _named(arrays: dict[str, np.ndarray], keys: tuple[str, ...]) -> np.ndarray | None:
    return next((arrays[key] for key in keys if arrays.get(key) is not None), None)


def _samples(samples: np.ndarray, name: str) -> tuple[np.ndarray, list[str]]:
    if samples.ndim not in (2, 3, 4) or samples.size == 0 or samples.dtype.kind not in "biuf":
        raise DataError(
            f"'{name}' holds {samples.dtype} of shape {samples.shape}; expected numbers as points [n, d] or pictures "
            "[n, h, w], [n, h, w, c] or [n, c, h, w]."
        )
    if samples.ndim > 2:
        return to_pictures(samples, name)
    points = samples.astype(np.float32)
    if not np.isfinite(points).all():
        raise DataError(f"'{name}' holds values that are not finite; remove or fill them first.")
    return points, []
