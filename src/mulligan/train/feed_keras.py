"""From a source to the batches of a game's turns, on the device of TensorFlow.

Small sets live whole on the training device as raw numbers, and a batch is one gather; large ones stream through worker
processes in the same order. Pictures are channels-last, as they are read.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from mulligan.train import feed
from mulligan.train.feed import Batch, Pictures

Tensor = Any


class Feed(feed.Feed):
    """Yields, for each round of turns, one batch of tensors per turn; ``device`` is TensorFlow's name of it."""

    def to_device(self, array: np.ndarray) -> Tensor:
        """An array as a tensor on the device."""
        with tf.device(self.device):
            return tf.convert_to_tensor(array)

    def flipped(self, real: Tensor, flip: Tensor) -> Tensor:
        """The pictures [n, h, w, c] for which ``flip`` [n] holds, left to right; the others as they are."""
        with tf.device(self.device):
            return tf.where(flip[:, None, None, None], tf.reverse(real, [2]), real)


def resident(
    source: Any, *, draws: Any, batch_size: int, scale: float, offset: float, labels: bool, device: str
) -> Pictures:
    """Hold all samples on the device; returns what ``Feed.pictures`` wants."""
    everything = source.read(np.arange(len(source)))
    raw, label = everything["real"], everything["label"] if labels else None
    if not _is_host(device):
        with tf.device(device):
            raw, label = tf.constant(raw), None if label is None else tf.constant(label)

    def gather(indices: np.ndarray) -> Batch:
        if _is_host(device):
            return _decoded_here(raw[indices], None if label is None else label[indices], scale, offset)
        with tf.device(device):
            batch = {"real": decoded(tf.gather(raw, indices), scale, offset)}
            return batch if label is None else batch | {"label": tf.gather(label, indices)}

    return feed.gathered(draws, batch_size, len(everything["real"]), gather)


def streamed(
    source: Any,
    *,
    draws: Any,
    batch_size: int,
    scale: float,
    offset: float,
    labels: bool,
    device: str,
    workers: int,
    tell: Callable[[str], None] = lambda notice: None,
) -> Pictures:
    """Read samples in worker processes, a few batches ahead; returns what ``Feed.pictures`` wants.

    ``tell`` hears of processes that died and of pictures that cannot be read any more.
    """

    def decode(read: dict[str, np.ndarray]) -> Batch:
        label = read["label"].copy() if labels else None
        if _is_host(device):
            return _decoded_here(read["real"], label, scale, offset)
        with tf.device(device):  # a quarter of the bytes goes there
            batch = {"real": decoded(tf.constant(read["real"].copy()), scale, offset)}
            return batch if label is None else batch | {"label": tf.constant(label)}

    return feed.read_ahead(source, draws, batch_size, decode, workers=workers, tell=tell)


def decoded(raw: Tensor, scale: float, offset: float) -> Tensor:
    """Raw numbers as the networks take them."""
    return tf.cast(raw, tf.float32) * scale + offset


def _decoded_here(raw: np.ndarray, label: np.ndarray | None, scale: float, offset: float) -> Batch:
    """A batch in the machine's own memory: numpy needs half the time of TensorFlow, one operation after the other."""
    real = raw.astype(np.float32)
    real *= scale
    real += offset
    batch = {"real": tf.convert_to_tensor(real)}
    return batch if label is None else batch | {"label": tf.convert_to_tensor(label)}


def _is_host(device: str) -> bool:
    return "CPU" in device
