"""What a user of Keras trains on: arrays, or a ``tf.data.Dataset`` of batches, alone or in pairs with labels.

Pictures are uint8 of 0 to 255, or floats of -1 to 1, channels last; grey ones may lack their channel. Points are rows
of floats.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from mulligan.errors import DataError
from mulligan.train.feed import Batch, Pictures, gathered

_CHANNELS = (1, 3, 4)
_MOST_CLASSES = 100_000  # that are counted beforehand: it takes a number for each
_SLACK = 1e-3  # beyond -1 and 1, for what resizing and rounding add


class EpochOver(Exception):  # noqa: N818 -- it is no error
    """There is no further batch in this epoch."""


@dataclass(frozen=True)
class Samples:
    """Where batches come from, and what they are like."""

    shape: tuple[int, ...]  # of one sample: (h, w, c) or (d,)
    dtype: np.dtype
    batch_size: int
    largest_label: int | None  # as far as one knows beforehand; none without labels
    count: int | None
    batches: int | None  # in an epoch
    endless: bool  # whether further ones follow those of an epoch
    class_counts: tuple[int, ...]  # where all labels are known beforehand
    pictures: Callable[[Any], Pictures]  # of draws


def opened(x: Any, y: Any, batch_size: int | None, default: int) -> Samples:
    """Look at what was handed to ``fit``; DataError, with what is expected, for what it cannot train on.

    Arrays come in batches of ``default`` samples where no other size was asked for.
    """
    if batch_size is not None and batch_size < 1:
        raise DataError(f"batch_size is {batch_size}; expected 1 or more, or leave it out for {default}")
    if isinstance(x, tf.data.Dataset):
        if y is not None or batch_size is not None:
            raise DataError("a tf.data.Dataset brings its labels and its batches; leave y and batch_size out")
        return _of_dataset(x)
    if hasattr(x, "__array__"):
        return _of_arrays(np.asarray(x), None if y is None else np.asarray(y), batch_size or default)
    raise DataError(
        f"fit got a {type(x).__name__}; expected arrays, or a tf.data.Dataset of batches of pictures or of "
        "(picture, label) pairs"
    )


def _of_arrays(real: np.ndarray, label: np.ndarray | None, batch_size: int) -> Samples:
    real = _channels_last(real, "the array")
    _refuse_range(real)
    if label is not None:
        label = _checked_labels(label, len(real))
    everything = {"real": real} | ({} if label is None else {"label": label.astype(np.int64)})

    def pictures(draws: Any) -> Pictures:
        def gather(indices: np.ndarray) -> Batch:
            return {name: array[indices] for name, array in everything.items()}

        return gathered(draws, batch_size, len(real), gather)

    return Samples(
        shape=real.shape[1:],
        dtype=real.dtype,
        batch_size=batch_size,
        largest_label=None if label is None else int(label.max()),
        count=len(real),
        batches=len(real) // batch_size,
        endless=True,
        class_counts=_class_counts(label),
        pictures=pictures,
    )


def _class_counts(label: np.ndarray | None) -> tuple[int, ...]:
    """How many samples each class has; nothing of labels that are none, or too large to be numbers of classes."""
    if label is None or label.max() >= _MOST_CLASSES:
        return ()
    return tuple(np.bincount(label).tolist())


def _of_dataset(dataset: tf.data.Dataset) -> Samples:
    first = next(iter(dataset.take(1).as_numpy_iterator()), None)
    if first is None:
        raise DataError("the dataset is empty; expected batches of pictures")
    batch = _batch_of(first)
    batch_size = len(batch["real"])
    _refuse_range(batch["real"])

    def pictures(draws: Any) -> Pictures:
        return lambda images: _full_batches(dataset, batch_size)

    # A shorter last batch is left out; only where there can be none is their number known.
    known = (
        int(dataset.cardinality()) if tf.nest.flatten(dataset.element_spec)[0].shape[0] else tf.data.UNKNOWN_CARDINALITY
    )
    return Samples(
        shape=batch["real"].shape[1:],
        dtype=batch["real"].dtype,
        batch_size=batch_size,
        largest_label=int(batch["label"].max()) if "label" in batch else None,
        count=known * batch_size if known >= 0 else None,
        batches=known if known >= 0 else None,
        endless=False,
        class_counts=(),
        pictures=pictures,
    )


def _full_batches(dataset: tf.data.Dataset, batch_size: int) -> Generator[Batch]:
    for element in dataset.as_numpy_iterator():
        batch = _batch_of(element)
        if len(batch["real"]) == batch_size:
            yield batch
    raise EpochOver


def _batch_of(element: Any) -> Batch:
    """One batch of a data set, checked."""
    if isinstance(element, dict) or (isinstance(element, tuple | list) and len(element) != 2):
        found = "a dict" if isinstance(element, dict) else f"{len(element)} parts"
        raise DataError(f"an element of the dataset is {found}; expected pictures, or a pair (pictures, labels)")
    real, label = element if isinstance(element, tuple | list) else (element, None)
    if not isinstance(real, np.ndarray) or real.ndim in (0, 1) or (real.ndim == 3 and real.shape[-1] in _CHANNELS):
        raise DataError("the dataset gives single samples; expected batches: dataset.batch(64)")
    batch = {"real": _channels_last(real, "a batch of the dataset")}
    return batch if label is None else batch | {"label": _checked_labels(np.asarray(label), len(real)).astype(np.int64)}


def _channels_last(real: np.ndarray, what: str) -> np.ndarray:
    """[n, h, w, c] or [n, d], of numbers that can be trained on."""
    real = real[..., None] if real.ndim == 3 else real
    right = real.ndim == 2 or (real.ndim == 4 and real.shape[-1] in _CHANNELS)
    if not right or not len(real):
        raise DataError(
            f"{what} has the shape {real.shape}; expected pictures [n, h, w, c] of {', '.join(map(str, _CHANNELS))} "
            "channels, or points [n, d]"
        )
    if (real.dtype != np.uint8 and real.dtype.kind != "f") or (real.ndim == 2 and real.dtype.kind != "f"):
        kinds = "uint8 of 0 to 255, or floats of -1 to 1" if real.ndim == 4 else "floats"
        raise DataError(f"{what} holds {real.dtype}; expected {kinds}")
    return real.astype(np.float32) if real.dtype.kind == "f" and real.dtype != np.float32 else real


def _refuse_range(real: np.ndarray) -> None:
    """Floats of pictures that do not reach from -1 to 1, which a generator could not be like."""
    if real.ndim != 4 or real.dtype == np.uint8:
        return
    low, high = float(real.min()), float(real.max())
    if low >= -1 - _SLACK and high <= 1 + _SLACK and low < 0:
        return
    if not np.isfinite(real).all():
        raise DataError("float pictures hold numbers that are not finite; expected -1 to 1: remove or fill those first")
    mend = "x * 2 - 1" if low >= 0 and high <= 1 + _SLACK else "x / 127.5 - 1" if low >= 0 else "them scaled"
    raise DataError(
        f"float pictures reach from {low:.4g} to {high:.4g}; expected -1 to 1 ({mend}), or uint8 of 0 to 255"
    )


def _checked_labels(label: np.ndarray, count: int) -> np.ndarray:
    label = label[:, 0] if label.ndim == 2 and label.shape[1] == 1 else label
    if label.ndim != 1 or len(label) != count or label.dtype.kind not in "iu" or (count and label.min() < 0):
        raise DataError(
            f"the labels are {label.dtype} of shape {label.shape}; expected whole numbers from 0 on, one for each of "
            f"the {count} samples"
        )
    return label


def ending(rounds: Iterator[Any]) -> Iterator[Any]:
    """The same rounds until the epoch is over."""
    with contextlib.suppress(EpochOver):
        yield from rounds
