"""Raw pictures to the pixels that a network is shown: channels, then size, in floats from 0 to 255."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

RESIZER = "bicubic with antialiasing on floats, clipped to 0..255 (equal to Pillow's per channel, not quantized)"
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow's mode L


def pixels(raw: np.ndarray, size: tuple[int, int], channels: int, device: str) -> Tensor:
    """Raw uint8 [n, h, w, 1|3|4] as floats [n, channels, *size] from 0 to 255."""
    # torch refuses arrays that are read-only, as those of a mapped file are.
    batch = torch.from_numpy(np.require(raw, requirements=["C", "W"])).to(device)
    return resize(convert(batch.permute(0, 3, 1, 2).float(), channels), size)  # [n, c, h, w]


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


def resize(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic with antialiasing, what Pillow does to a float channel; a batch of that size already is left alone."""
    if tuple(batch.shape[-2:]) == tuple(size):
        return batch
    return interpolate(batch, size=size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 255)
