"""The resizers in use for published numbers, each as the matrix that a side of the picture is multiplied by.

A matrix is the same for every framework and works on batches, on the device. All work on floats and round nothing to 8
bits. Which one was used is part of every score: between two of them, pictures differ by 2 to 17 grey levels on average.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np


class Resizer(NamedTuple):
    """What a score says of a resizer, its ``matrix(old, new)`` [new, old] in float32, and whether it clips to 0..255.

    Without a matrix, pictures stay as they are, and the network has to take any size.
    """

    says: str
    matrix: Callable[[int, int], np.ndarray] | None = None
    clips: bool = False


def _smooth(kernel: Callable[[np.ndarray], np.ndarray], old: int, new: int) -> np.ndarray:
    """Weighted means around each new pixel, as Pillow takes them of a float channel.

    Where pictures shrink, the kernel grows, so that no pixel is left out.
    """
    scale = old / new
    away = (np.arange(old) + 0.5) - (np.arange(new)[:, None] + 0.5) * scale  # from centre to centre, in old pixels
    weights = kernel(away / max(scale, 1))
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys' kernel with a = -1/2 (Keys 1981, eq. 15)."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - np.abs(x), 0)


def _legacy(old: int, new: int) -> np.ndarray:
    """Bilinear as TensorFlow 1 does it: pixel i is taken at ``i * old / new``, from its two neighbours alone."""
    places = np.arange(new, dtype=np.float32) * np.float32(old / new)
    low = places.astype(int)
    matrix, rows = np.zeros((new, old), np.float32), np.arange(new)
    np.add.at(matrix, (rows, low), 1 - (places - low))
    np.add.at(matrix, (rows, np.minimum(low + 1, old - 1)), places - low)
    return matrix


RESIZERS = {
    # Parmar et al. 2022
    "clean": Resizer(
        "bicubic with antialiasing on floats, clipped to 0..255 (equal to Pillow's per channel, not quantized)",
        lru_cache(8)(partial(_smooth, _cubic)),
        clips=True,
    ),
    "legacy": Resizer(
        "legacy bilinear of TensorFlow 1, no antialiasing, no half-pixel centres, not quantized", lru_cache(8)(_legacy)
    ),
    "torchmetrics": Resizer(
        "bilinear with antialiasing (torchmetrics from 1.8 on), not quantized",
        lru_cache(8)(partial(_smooth, _triangle)),
    ),
    "unresized": Resizer("none: pictures have the size that they came in"),
}
