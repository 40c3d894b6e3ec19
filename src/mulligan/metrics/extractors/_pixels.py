"""Raw pictures to the pixels that a network is shown: channels, then size, in floats from 0 to 255."""

import numpy as np

from mulligan.metrics.extractors._resize import RESIZERS

LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow's mode L


def pixels(raw: np.ndarray, size: tuple[int, int], channels: int, resizer: str = "clean") -> np.ndarray:
    """Raw uint8 [n, h, w, 1|3|4], or floats from 0 to 255 that were never rounded, as floats [n, *size, channels].

    In numpy, so for every framework; a twin does the same on a device.
    """
    return resize(convert(raw.astype(np.float32), channels), size, resizer)


def resize(batch: np.ndarray, size: tuple[int, int], resizer: str = "clean") -> np.ndarray:
    """Floats [n, h, w, c] to [n, *size, c]; those of that size are left alone."""
    chosen, old = RESIZERS[resizer], batch.shape[1:3]
    if chosen.matrix is None or old == tuple(size):
        return batch
    rows, columns = map(chosen.matrix, old, size)
    resized = rows @ batch.transpose(0, 3, 1, 2) @ columns.T  # [n, c, h, w]
    return (resized.clip(0, 255) if chosen.clips else resized).transpose(0, 2, 3, 1)


def convert(batch: np.ndarray, channels: int) -> np.ndarray:
    """Grey to RGB and back; transparency is laid over white."""
    if batch.shape[-1] == 4:
        alpha = batch[..., 3:] / 255
        batch = batch[..., :3] * alpha + 255 * (1 - alpha)
    if batch.shape[-1] == channels:
        return batch
    if channels == 3:
        return np.broadcast_to(batch, (*batch.shape[:-1], 3))
    return (batch @ np.array(LUMA, np.float32))[..., None]
