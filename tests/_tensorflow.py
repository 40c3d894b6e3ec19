"""TensorFlow for tests: quiet and on one thread, as torch is; where it is not installed they are skipped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


@contextmanager
def floats(dtype: str) -> Iterator[None]:
    """Networks that are built meanwhile have weights of this type."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def channels_last(array: np.ndarray) -> np.ndarray:
    """[n, c, h, w] -> [n, h, w, c]; anything else stays as it is."""
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array
