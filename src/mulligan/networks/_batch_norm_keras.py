"""Batch norm as PyTorch has it."""

from typing import Any, ClassVar

import keras
import tensorflow as tf

Tensor = Any


@keras.saving.register_keras_serializable("mulligan")
class BatchNorm(keras.Layer):
    """Normalizes each channel over the batch (Ioffe & Szegedy 2015); without the bias in its running variance.

    ``frozen`` keeps the running statistics as they are; in training those of the batch are used all the same.
    ``measuring`` lets it work as in training whatever the mode. Both are read when a function is traced.
    """

    torch_layout: ClassVar = {
        "scale": ("weight", None),
        "shift": ("bias", None),
        "running_mean": ("running_mean", None),
        "running_var": ("running_var", None),
        "num_batches_tracked": ("num_batches_tracked", None),
    }
    epsilon = 1e-5

    def __init__(self, affine: bool = True, scale_deviation: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.affine, self.scale_deviation = affine, scale_deviation
        self.momentum = 0.1
        self.frozen = self.measuring = False

    def build(self, shape: tuple) -> None:
        """One number per channel each; scales start at 1, or near it."""
        if self.affine:
            around_one = keras.initializers.RandomNormal(1.0, self.scale_deviation)
            self.scale = self.add_weight(shape=shape[-1:], initializer=around_one, name="scale")
            self.shift = self.add_weight(shape=shape[-1:], initializer="zeros", name="shift")
        for name, start in (("running_mean", "zeros"), ("running_var", "ones")):
            setattr(self, name, self.add_weight(shape=shape[-1:], initializer=start, trainable=False, name=name))
        self.num_batches_tracked = self.add_weight(
            shape=(), initializer="zeros", dtype="int64", trainable=False, name="num_batches_tracked"
        )

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        """[n, ..., c] -> the same shape."""
        mean, variance = self.running_mean, self.running_var
        if training or self.measuring:
            mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            if not self.frozen:
                self._track(mean, variance, tf.size(x) / x.shape[-1])
        x = (x - mean) * tf.math.rsqrt(variance + self.epsilon)
        return x * self.scale + self.shift if self.affine else x

    def _track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        self.num_batches_tracked.assign_add(1)
        share, count = self.momentum, tf.cast(count, mean.dtype)
        unbiased = variance * count / tf.maximum(count - 1, 1)
        self.running_mean.assign(share * mean + (1 - share) * self.running_mean)
        self.running_var.assign(share * unbiased + (1 - share) * self.running_var)

    def get_config(self) -> dict[str, Any]:
        """The arguments it was made with."""
        return super().get_config() | {"affine": self.affine, "scale_deviation": self.scale_deviation}
