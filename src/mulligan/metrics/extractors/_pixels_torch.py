"""Raw pictures to the pixels that a network is shown: channels, then size, in floats from 0 to 255."""

import numpy as np
import torch
from torch import Tensor

from mulligan.metrics.extractors._resize_torch import RESIZERS

_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow's mode L


def pixels(raw: np.ndarray, size: tuple[int, int], channels: int, device: str, resizer: str = "clean") -> Tensor:
    """Raw uint8 [n, h, w, 1|3|4], or floats from 0 to 255 that were never rounded, as floats [n, channels, *size]."""
    # torch refuses arrays that are read-only, as those of a mapped file are.
    batch = torch.from_numpy(np.require(raw, requirements=["C", "W"])).to(device)
    batch = convert(batch.permute(0, 3, 1, 2).float(), channels)  # [n, c, h, w]
    return batch if batch.shape[-2:] == tuple(size) else RESIZERS[resizer].resize(batch, size)


def convert(batch: Tensor, channels: int) -> Tensor:
    """Grey to RGB and back; transparency is laid over white."""
    if batch.shape[1] == 4:
        alpha = batch[:, 3:] / 255
        batch = batch[:, :3] * alpha + 255 * (1 - alpha)
    if batch.shape[1] == channels:
        return batch
    if channels == 3:
        return batch.expand(-1, 3, -1, -1)
    return torch.einsum("nchw,c->nhw", batch, batch.new_tensor(_LUMA))[:, None]
