"""The resizers in use for published numbers, batched on the device; all work on floats and round nothing to 8 bits.

Which one was used is part of every score: between two of them, pictures differ by 2 to 17 grey levels on average.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate


class Resizer(NamedTuple):
    """What a score says of a resizer, and the resizer: (floats [n, c, h, w], size) to floats [n, c, *size]."""

    says: str
    resize: Callable[[Tensor, tuple[int, int]], Tensor]


def clean(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic with antialiasing, what Pillow does to a float channel (Parmar et al. 2022)."""
    return interpolate(batch, size=size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 255)


def legacy(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear as TensorFlow 1 does it: pixel i is taken at ``i * old / new``, from its two neighbours alone."""
    return _stretch(_stretch(batch, size[1], 3), size[0], 2)


def _stretch(batch: Tensor, count: int, axis: int) -> Tensor:
    length = batch.shape[axis]
    places = torch.arange(count, dtype=torch.float32, device=batch.device) * torch.tensor(length / count)
    low = places.long()
    weight = (places - low).view([-1 if i == axis else 1 for i in range(4)])
    first, second = batch.index_select(axis, low), batch.index_select(axis, (low + 1).clamp(max=length - 1))
    return first + (second - first) * weight


def smooth(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear with antialiasing, as torchmetrics does it from 1.8 on."""
    return interpolate(batch, size=size, mode="bilinear", antialias=True, align_corners=False)


def untouched(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures as they are; the network has to take any size."""
    return batch


RESIZERS = {
    "clean": Resizer(
        "bicubic with antialiasing on floats, clipped to 0..255 (equal to Pillow's per channel, not quantized)", clean
    ),
    "legacy": Resizer("legacy bilinear of TensorFlow 1, no antialiasing, no half-pixel centres, not quantized", legacy),
    "torchmetrics": Resizer("bilinear with antialiasing (torchmetrics from 1.8 on), not quantized", smooth),
    "unresized": Resizer("none: pictures have the size that they came in", untouched),
}
