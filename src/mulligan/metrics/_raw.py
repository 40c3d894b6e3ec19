"""Raw pictures [n, h, w, c] for measures that look at pixels themselves."""

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._features import Features, given

# Brightness as in ITU-R BT.601, the one that Pillow's grey has.
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])


def pictures(real: Features, fake: Features, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of both sides, ``limit`` or as many as both have.

    DataError where their sizes differ, and where a side has less than two, of which no interval comes.
    """
    real_raw, fake_raw = given(real.raw, "raw"), given(fake.raw, "raw")
    if real_raw.shape[1:] != fake_raw.shape[1:]:
        sizes = f"the real pictures are {real_raw.shape[1:]} and the generated ones {fake_raw.shape[1:]}"
        raise DataError(f"{sizes}; expected one height, width and number of channels, so resize one side")
    count = min(len(real_raw), len(fake_raw), limit)
    if count < 2:
        raise DataError(f"measures of pictures need at least 2 on each side; there are {count}, so keep more of them")
    return real_raw[:count], fake_raw[:count]


def brightness(raw: np.ndarray) -> np.ndarray:
    """Pictures [n, h, w, c] as float64 [n, h, w] from 0 to 255; an alpha channel is left aside."""
    return raw[..., 0].astype(np.float64) if raw.shape[-1] == 1 else raw[..., :3] @ _BRIGHTNESS
