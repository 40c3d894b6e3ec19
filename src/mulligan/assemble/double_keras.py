"""Computing in float64 in TensorFlow: slow, and for checks alone."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf


def use_double() -> None:
    """From now on all that this process builds has float64 weights."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


def cast(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch with its numbers in float64; labels stay whole."""
    return {name: tf.cast(x, tf.float64) if x.dtype.is_floating else x for name, x in batch.items()}
