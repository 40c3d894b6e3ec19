"""Sliced Wasserstein distance between small patches of pictures, scale by scale (Karras et al. 2018, section 5).

Needs raw pictures; lower is better. Coarse scales tell of shapes, fine ones of texture and sharpness. Biased upwards,
the more the fewer the pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features, given
from mulligan.metrics._raw import pictures

PATCH = 7
SMALLEST = 16  # pictures are halved as long as their smaller side stays that large
_TAPS = np.array([1, 4, 6, 4, 1], np.float32) / 16
_UNIT = 1000  # published numbers are thousandths


def pyramid(raw: np.ndarray) -> Iterator[np.ndarray]:
    """Each scale of pictures [n, h, w, c] less what the next coarser one knows of it (Burt & Adelson 1983)."""
    x = raw.astype(np.float32)  # 8 bits need no more; distances are in double precision
    while min(x.shape[1:3]) >= 2 * SMALLEST:
        coarse = _smoothed(x)[:, ::2, ::2]
        grown = np.zeros_like(x)
        grown[:, ::2, ::2] = coarse
        yield x - 4 * _smoothed(grown)
        x = coarse
    yield x


def _smoothed(x: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        # "reflect" keeps every second pixel of a grown picture empty beyond the edge too.
        padded = np.pad(x, [(2, 2) if one == axis else (0, 0) for one in range(4)], mode="reflect")
        x = sliding_window_view(padded, 5, axis=axis) @ _TAPS
    return x


def patches(raw: np.ndarray, count: int, random: np.random.Generator) -> list[np.ndarray]:
    """For each scale, ``count`` random patches of each picture: [n * count, c, size * size]."""
    chunks = np.array_split(raw, -(-len(raw) // 100))
    by_chunk = [[_patches(scale, count, random) for scale in pyramid(chunk)] for chunk in chunks]
    return [np.concatenate(parts) for parts in zip(*by_chunk, strict=True)]


def _patches(x: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    n, height, width, channels = x.shape
    size = min(PATCH, height, width)
    top, left = random.integers(height - size + 1, size=(n, count)), random.integers(width - size + 1, size=(n, count))
    views = sliding_window_view(x, (size, size), axis=(1, 2))  # [n, h', w', c, size, size]
    return views[np.arange(n)[:, None], top, left].reshape(n * count, channels, -1).astype(np.float64)


def projections(found: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Patches as rows, each channel with mean 0 and deviation 1, along each direction: [directions, n], rows sorted."""
    deviation = np.maximum(found.std((0, 2), keepdims=True), 1e-8)
    standard = ((found - found.mean((0, 2), keepdims=True)) / deviation).reshape(len(found), -1)
    return np.sort(directions @ standard.T)


def distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean Wasserstein-1 distance of projections [directions, n] and [directions, m], rows sorted, m <= n."""
    at = ((np.arange(fake.shape[1]) + 0.5) / fake.shape[1] * real.shape[1]).astype(int)
    return float(np.abs(real[:, at] - fake).mean())


@dataclass(frozen=True)
class SlicedWasserstein:
    """The mean over scales, in thousandths: ``patches`` patches of each picture, ``directions`` random projections.

    Of large pictures as many are taken as have ``pixels``. Both sides' patches are brought to mean 0 and deviation 1
    per channel. The interval is from ``blocks`` blocks of fakes; their own distances are larger, but spread as those of
    the whole do.
    """

    limit: int = 1000
    pixels: int = 2**24
    patches: int = 32
    directions: int = 128
    blocks: int = 8
    needs: ClassVar[frozenset[str]] = frozenset({"raw"})
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"sliced_wasserstein": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        chosen = pictures(real, fake, min(self.limit, max(self.pixels // given(real.raw, "raw")[0, ..., 0].size, 10)))
        sides = (patches(raw, self.patches, random) for raw in chosen)
        blocks, scales = min(self.blocks, len(chosen[1])), zip(*sides, strict=True)
        found = np.array([self._of_scale(a, b, blocks, random) for a, b in scales])  # [scales, 1 + blocks]
        value, *parts = (_UNIT * found.mean(0)).tolist()
        spread = 1.96 * float(np.std(parts, ddof=1) / np.sqrt(blocks))
        how = {"interval": f"value +- 1.96 standard errors over {blocks} blocks of fakes", "scales": len(found),
               "pictures a side": len(chosen[1])}  # fmt: skip
        details = {"by scale, fine to coarse": (_UNIT * found[:, 0]).tolist()}
        return [Estimate("sliced_wasserstein", value, max(value - spread, 0.0), value + spread, how, details)]

    def _of_scale(self, real: np.ndarray, fake: np.ndarray, blocks: int, random: np.random.Generator) -> list[float]:
        """The distance of all, then of each block."""
        directions = random.normal(size=(self.directions, real[0].size))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        reals = projections(real, directions)
        return [distance(reals, projections(part, directions)) for part in (fake, *np.array_split(fake, blocks))]
