"""Likeness of random pairs of fakes by multi-scale structural similarity (Wang et al. 2003, eq. 7; Odena et al. 2017).

Needs raw pictures; lower is more diverse, but noise is diverse too: what pairs of real pictures get stands beside it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features, given
from mulligan.metrics._raw import brightness

# Wang et al. 2003, section 3.2, from the finest scale to the coarsest; for fewer scales they are brought to a sum of 1.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, DEVIATION = 11, 1.5
_LUMINANCE, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def scales(height: int, width: int) -> int:
    """How often pictures can be halved until the window no longer fits, five at most; 1 for the smallest ones."""
    return int(np.clip(1 + np.log2(max(min(height, width) / WINDOW, 1)), 1, len(WEIGHTS)))


def ms_ssim(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The similarity of each pair of pictures [n, h, w] from 0 to 255."""
    levels = scales(*x.shape[1:])
    weights = np.array(WEIGHTS[:levels]) / sum(WEIGHTS[:levels])
    product = np.ones(len(x))
    for level in range(levels):
        whole, contrast = _similarity(x, y)
        factor = whole if level == levels - 1 else contrast
        product *= factor.clip(min=0) ** weights[level]  # of a negative one there is no root
        x, y = _halved(x), _halved(y)
    return product


def _similarity(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over each picture of structural similarity (Wang et al. 2004, eq. 13), and of it without luminance."""
    mean_x, mean_y = _blurred(x), _blurred(y)
    variances = _blurred(x * x) - mean_x**2 + _blurred(y * y) - mean_y**2
    contrast = (2 * (_blurred(x * y) - mean_x * mean_y) + _CONTRAST) / (variances + _CONTRAST)
    luminance = (2 * mean_x * mean_y + _LUMINANCE) / (mean_x**2 + mean_y**2 + _LUMINANCE)
    return (luminance * contrast).mean((1, 2)), contrast.mean((1, 2))


def _blurred(x: np.ndarray) -> np.ndarray:
    """The Gaussian mean wherever the whole window fits, as two products with a banded matrix."""
    height, width = x.shape[1:]
    return _band(height, min(WINDOW, width, height)) @ x @ _band(width, min(WINDOW, width, height)).T


def _band(size: int, window: int) -> np.ndarray:
    window -= 1 - window % 2  # an odd one has a middle
    taps = np.exp(-np.square(np.arange(window) - window // 2) / (2 * DEVIATION**2))
    band = np.zeros((size - window + 1, size))
    for row in range(len(band)):
        band[row, row : row + window] = taps / taps.sum()
    return band


def _halved(x: np.ndarray) -> np.ndarray:
    """The mean of every 2x2 pixels; an odd last row or column is left out."""
    n, height, width = x.shape
    return x[:, : height // 2 * 2, : width // 2 * 2].reshape(n, height // 2, 2, width // 2, 2).mean((2, 4))


@dataclass(frozen=True)
class MultiScaleSimilarity:
    """The mean over ``pairs`` random pairs, no picture twice; of large pictures as many as have ``pixels``."""

    pairs: int = 500
    pixels: int = 2**24
    needs: ClassVar[frozenset[str]] = frozenset({"raw"})
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"ms_ssim": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        real_raw, fake_raw = given(real.raw, "raw"), given(fake.raw, "raw")
        found, of_reals = self._of_pairs(fake_raw, random), self._of_pairs(real_raw, random)
        value, spread = float(found.mean()), 1.96 * float(found.std() / np.sqrt(len(found)))
        levels = scales(*fake_raw.shape[1:3])
        how = {"interval": "value +- 1.96 standard errors over pairs", "pairs": len(found),
               "scales": f"{levels} of 5, of brightness"}  # fmt: skip
        error = float(of_reals.std() / np.sqrt(len(of_reals)))
        details = {"of real pairs": float(of_reals.mean()), "its standard error": error}
        return [Estimate("ms_ssim", value, value - spread, value + spread, how, details)]

    def _of_pairs(self, raw: np.ndarray, random: np.random.Generator) -> np.ndarray:
        pairs = min(self.pairs, max(self.pixels // (raw.shape[1] * raw.shape[2]), 10), len(raw) // 2)
        if not pairs:
            raise DataError(f"the similarity of pairs needs at least 2 pictures a side; there are {len(raw)}")
        chosen = random.permutation(len(raw))[: 2 * pairs].reshape(pairs, 2)
        chunks = np.array_split(chosen, -(-pairs // 50))
        return np.concatenate(
            [ms_ssim(brightness(raw[one]), brightness(raw[other])) for one, other in (c.T for c in chunks)]
        )
