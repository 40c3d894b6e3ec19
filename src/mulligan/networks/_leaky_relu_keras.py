"""Leaky ReLU with all digits of its slope."""

from typing import Any

import keras
import tensorflow as tf

Tensor = Any


@keras.saving.register_keras_serializable("mulligan")
class LeakyReLU(keras.layers.LeakyReLU):
    """x where it is positive, else slope times x (Maas et al. 2013)."""

    def call(self, x: Tensor) -> Tensor:
        """[n, ...] -> the same shape."""
        if x.dtype == tf.float64:  # TensorFlow's own keeps the slope in float32
            return tf.where(x > 0, x, self.negative_slope * x)
        return tf.nn.leaky_relu(x, self.negative_slope)
