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
    with tf.device(device):
        raw = tf.constant(everything["real"])
        label = tf.constant(everything["label"]) if labels else None

    @tf.function(autograph=False)
    def gather(indices: Tensor) -> Batch:
        batch = {"real": decoded(tf.gather(raw, indices), scale, offset)}
        return batch if label is None else batch | {"label": tf.gather(label, indices)}

    def on_device(indices: np.ndarray) -> Batch:
        with tf.device(device):
            return gather(indices)

    return feed.gathered(draws, batch_size, len(everything["real"]), on_device)


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
        with tf.device(device):
            batch = {"real": decoded(tf.constant(read["real"].copy()), scale, offset)}
            return batch | ({"label": tf.constant(read["label"].copy())} if labels else {})

    return feed.read_ahead(source, draws, batch_size, decode, workers=workers, tell=tell)


def decoded(raw: Tensor, scale: float, offset: float) -> Tensor:
    """Raw numbers as the networks take them."""
    return tf.cast(raw, tf.float32) * scale + offset
