"""Raw pictures to the pixels that a network is shown, on its device."""

import numpy as np
import torch
from torch import Tensor

from mulligan.metrics.extractors._pixels import LUMA
from mulligan.metrics.extractors._resize import RESIZERS


def pixels(raw: np.ndarray, size: tuple[int, int], channels: int, device: str, resizer: str = "clean") -> Tensor:
    """Raw uint8 [n, h, w, 1|3|4], or floats from 0 to 255 that were never rounded, as floats [n, channels, *size]."""
    # torch refuses arrays that are read-only, as those of a mapped file are.
    batch = torch.from_numpy(np.require(raw, requirements=["C", "W"])).to(device)
    return resize(convert(batch.permute(0, 3, 1, 2).float(), channels), size, resizer)


def resize(batch: Tensor, size: tuple[int, int], resizer: str = "clean") -> Tensor:
    """Floats [n, c, h, w] to [n, c, *size]; those of that size are left alone."""
    chosen, old = RESIZERS[resizer], batch.shape[-2:]
    if chosen.matrix is None or old == tuple(size):
        return batch
    rows, columns = (torch.from_numpy(matrix).to(batch.device) for matrix in map(chosen.matrix, old, size))
    resized = rows @ batch @ columns.T
    return resized.clamp(0, 255) if chosen.clips else resized


def convert(batch: Tensor, channels: int) -> Tensor:
    """Grey to RGB and back; transparency is laid over white."""
    if batch.shape[1] == 4:
        alpha = batch[:, 3:] / 255
        batch = batch[:, :3] * alpha + 255 * (1 - alpha)
    if batch.shape[1] == channels:
        return batch
    if channels == 3:
        return batch.expand(-1, 3, -1, -1)
    return torch.einsum("nchw,c->nhw", batch, batch.new_tensor(LUMA))[:, None]
