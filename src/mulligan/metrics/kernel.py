"""Kernel distance: unbiased squared MMD with the cubic polynomial kernel (Binkowski et al. 2018, "KID").

Needs features; lower is better. Unbiased: 0 on average for equal distributions at any number of samples, so it goes below 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``(x.y / d + 1)^3`` for all pairs [n, m]."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base


def distance(real: np.ndarray, fake: np.ndarray) -> float:
    """The unbiased estimate from all pairs of features [n, d] and [m, d] (Gretton et al. 2012, eq. 3)."""
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    return _between(real) + _between(fake) - 2 * float(kernel(real, fake).mean())


def _between(x: np.ndarray) -> float:
    """Mean of the kernel over pairs of different samples."""
    pairs = kernel(x, x)
    return float((pairs.sum() - np.trace(pairs)) / (len(x) * (len(x) - 1)))


@dataclass(frozen=True)
class Kernel:
    """The mean over ``subsets`` random subsets of ``subset_size`` (half the samples where that is less).

    The interval is that of the whole set: the variance over subsets of m out of n, drawn without replacement, is
    ``(n - m) / m`` times the variance that a whole set of n has.
    """

    subsets: int = 100
    subset_size: int = 1000
    needs: ClassVar[str] = "features"
    better: ClassVar[dict[str, str]] = {"kernel": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = min(len(real.values), len(fake.values))
        size = min(self.subset_size, count // 2)
        if size < 2:
            raise DataError(f"the kernel distance needs at least 4 samples on each side; there are {count}")
        found = [distance(_subset(real.values, size, random), _subset(fake.values, size, random)) for _ in range(self.subsets)]
        value, deviation = float(np.mean(found)), float(np.std(found, ddof=1)) if self.subsets > 1 else float("nan")
        spread = 1.96 * deviation * float(np.sqrt(size / (count - size) + 1 / self.subsets))
        how = {"interval": f"mean +- 1.96 sd from {self.subsets} subsets of {size}"}
        return [Estimate("kernel", value, value - spread, value + spread, how, {"deviation over subsets": deviation})]


def _subset(values: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    return values[random.choice(len(values), size, replace=False)]
