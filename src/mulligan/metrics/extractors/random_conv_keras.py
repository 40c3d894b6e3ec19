"""Random convolutional features in TensorFlow."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from mulligan.metrics.extractors import _weights, random_conv
from mulligan.metrics.extractors._extractor_keras import KerasExtractor


class RandomConv(tf.Module):
    """Pixels [n, size, size, 3] from 0 to 255 to features [n, d]; there are no classes."""

    def __init__(self, spec: random_conv.RandomConv) -> None:
        super().__init__()
        self.spec = spec
        weights = {name: tf.constant(value.transpose(2, 3, 1, 0)) for name, value in spec.weights().items()}
        self.first, self.second = weights["first"], weights["second"]  # [k, k, inputs, outputs]

    def __call__(self, pixels: tf.Tensor) -> tuple[tf.Tensor, None]:
        """The features, and no logits."""
        return tf.concat([part for map_ in self._maps(pixels / 127.5 - 1) for part in self._pooled(map_)], 1), None

    def _maps(self, x: tf.Tensor) -> Iterator[tf.Tensor]:
        for _ in range(self.spec.scales):
            once = _filter(x, self.first)  # [n, h, w, first]
            yield once
            yield _filter(_halved(once), self.second)  # [n, h / 2, w / 2, second]
            x = _halved(x)

    def _pooled(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        n, height, width, channels = x.shape
        quarters = tf.reduce_mean(tf.reshape(x, (n, 2, height // 2, 2, width // 2, channels)), (2, 4))  # [n, 2, 2, c]
        in_order = tf.reshape(tf.transpose(quarters, (0, 3, 1, 2)), (n, 4 * channels))
        return in_order, tf.reduce_max(x, (1, 2)) * self.spec.maximum_weight, tf.math.reduce_std(x, (1, 2))


def _halved(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


def _filter(x: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    # The edge is repeated: zeros would draw a frame around every picture.
    around = weight.shape[0] // 2
    for axis in (1, 2):
        x = tf.gather(x, np.clip(np.arange(-around, x.shape[axis] + around), 0, x.shape[axis] - 1), axis=axis)
    return tf.nn.relu(tf.nn.conv2d(x, weight, 1, "VALID"))


def open_twin(which: str, device: str) -> KerasExtractor:
    """The extractor of the default numbers; there are no others to choose from."""
    spec = random_conv.RandomConv()
    weights_hash, size = _weights.tensors_hash(spec.weights()), (spec.size, spec.size)
    return KerasExtractor(
        RandomConv(spec), name="random_conv", weights_hash=weights_hash, size=size, channels=3, device=device
    )
