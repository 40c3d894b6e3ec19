"""Kernel distance: unbiased squared MMD with the cubic polynomial kernel (Binkowski et al. 2018, "KID").

Needs features; lower is better. Unbiased: 0 on average for equal distributions at any count, so it goes below 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features
from mulligan.metrics._neighbors import subset


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``(x.y / d + 1)^3`` for all pairs [n, m]."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base


def distance(real: np.ndarray, fake: np.ndarray) -> float:
    """The unbiased estimate from all pairs of features [n, d] and [m, d] (Gretton et al. 2012, eq. 3)."""
    return _distance_and_deviation(real.astype(np.float64), fake.astype(np.float64))[0]


def _distance_and_deviation(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """The distance, and the deviation over fakes of what a single one adds to it (its first-order influence)."""
    within, across = _others(fake), kernel(fake, real).mean(1)
    value = _others(real).mean() + within.mean() - 2 * across.mean()
    return float(value), float((2 * (within - across)).std(ddof=1))


def _others(x: np.ndarray) -> np.ndarray:
    """For each sample, the mean kernel with all others."""
    pairs = kernel(x, x)
    return (pairs.sum(1) - np.diagonal(pairs)) / (len(x) - 1)


@dataclass(frozen=True)
class Kernel:
    """The mean over ``subsets`` random subsets of ``subset_size`` (or of the smaller side, where that is less).

    The interval is for the fakes that were drawn, the real set is taken as given: their standard error, to first order,
    and what the choice of subsets adds.
    """

    subsets: int = 100
    subset_size: int = 1000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"kernel": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        size = min(self.subset_size, len(real.values), len(fake.values))
        if size < 3:
            raise DataError(f"the kernel distance needs at least 3 samples on each side; there are {size}")
        pairs = ((subset(side.values, size, random) for side in (real, fake)) for _ in range(self.subsets))
        found = np.array([_distance_and_deviation(*pair) for pair in pairs])  # [subsets, 2]
        value, over_subsets = float(found[:, 0].mean()), float(found[:, 0].std())
        variance = np.square(found[:, 1]).mean() / len(fake.values) + over_subsets**2 / self.subsets
        spread = 1.96 * float(np.sqrt(variance))
        how = {"interval": "value +- 1.96 standard errors over fakes", "subsets": f"{self.subsets} of {size}"}
        return [Estimate("kernel", value, value - spread, value + spread, how, {"sd over subsets": over_subsets})]
