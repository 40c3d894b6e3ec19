"""Arrays of pictures in any usual layout and range to uint8 [n, h, w, c]."""

import numpy as np

from mulligan.errors import DataError

CHANNELS = (1, 3, 4)

# (lowest, highest, factor, offset, words): the first range that holds all values counts.
RANGES = (
    (0.0, 1.0, 255.0, 0.0, "values 0..1 scaled to 0..255"),
    (-1.0, 1.0, 127.5, 127.5, "values -1..1 scaled to 0..255"),
    (0.0, 255.0, 1.0, 0.0, ""),
)
SIXTEEN_BITS = (0.0, 65535.0, 1 / 257, 0.0, "16-bit values scaled to 0..255")


def to_pictures(values: np.ndarray, name: str) -> tuple[np.ndarray, list[str]]:
    """[n, h, w], [n, h, w, c] or [n, c, h, w] of any recognized range to uint8 [n, h, w, c], with notes."""
    values, layout = _channels_last(values, name)
    raw, scaled = _to_bytes(values, name)
    return np.ascontiguousarray(raw), [note for note in (layout, scaled) if note]


def _channels_last(values: np.ndarray, name: str) -> tuple[np.ndarray, str]:
    if values.ndim == 3:
        return values[..., None], ""
    last, first = values.shape[3] in CHANNELS, values.shape[1] in CHANNELS
    if not (last or first):
        raise DataError(
            f"'{name}' holds pictures of shape {values.shape[1:]}; expected 1, 3 or 4 channels, first or last."
        )
    if not last or (first and _roughness(values.transpose(0, 2, 3, 1)) < _roughness(values)):
        return values.transpose(0, 2, 3, 1), "channels were first"
    return values, ""


def _roughness(values: np.ndarray) -> float:
    """Mean difference of neighboring pixels: pictures read in the wrong layout are rougher."""
    some = values[:64].astype(np.float64)
    steps = [np.abs(np.diff(some, axis=axis)).mean() for axis in (1, 2) if some.shape[axis] > 1]
    return float(np.mean(steps)) if steps else 0.0


def _to_bytes(values: np.ndarray, name: str) -> tuple[np.ndarray, str]:
    low, high = float(values.min()), float(values.max())
    # Bytes are taken as they are, except a black-and-white set stored as 0 and 1.
    if values.dtype == np.uint8 and high > 1:
        return values, ""
    ranges = (*RANGES, SIXTEEN_BITS) if values.dtype == np.uint16 else RANGES
    for lowest, highest, factor, offset, words in ranges:
        if lowest <= low and high <= highest:
            # A few pictures at a time: a copy of all as floats could be eight times the set.
            raw = np.empty(values.shape, np.uint8)
            for start in range(0, len(values), 1024):
                raw[start : start + 1024] = np.rint(values[start : start + 1024].astype(np.float64) * factor + offset)
            return raw, words
    raise DataError(f"'{name}' holds values from {low:g} to {high:g}; expected 0..255, 0..1 or -1..1.")
