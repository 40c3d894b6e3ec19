"""Recognize a known data set by how its pictures look on average, whatever size, file type or order they come in."""

import numpy as np
from PIL import Image

# Two halves of one set are about 5 grey levels apart, different sets of small pictures 30 and more.
SAME = 10.0
ENOUGH = 100
UNRELATED = 0.3  # correlation of two channels; those of colored pictures are near 1
_SIDE = 32


def signature(raw: np.ndarray) -> np.ndarray:
    """Mean and deviation over pictures [n, h, w, c] of each cell of an 8x8 raster in grey levels: 128 numbers."""
    small = np.stack([_small(picture) for picture in raw])
    cells = small.reshape(len(raw), 8, _SIDE // 8, 8, _SIDE // 8).mean((2, 4))  # [n, 8, 8]
    return np.concatenate([cells.mean(0).ravel(), cells.std(0).ravel()])


def _small(picture: np.ndarray) -> np.ndarray:
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[picture.shape[-1]]
    image = Image.fromarray(picture.squeeze(-1) if mode == "L" else picture, mode).convert("L")
    return np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC), np.float64)


def channels_differ(raw: np.ndarray) -> bool:
    """Whether the three channels of pictures [n, h, w, 3] have nothing to do with one another, as stacked digits."""
    if raw.shape[-1] != 3:
        return False
    from_mean = raw - raw.mean(0, dtype=np.float64)
    channels = from_mean.reshape(-1, 3) / (from_mean.std((0, 1, 2)) + 1e-6)
    return bool(np.abs(channels.T @ channels / len(channels) - np.eye(3)).max() < UNRELATED)


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """Root mean square difference of two signatures in grey levels."""
    return float(np.sqrt(np.square(np.asarray(first) - np.asarray(second)).mean()))
