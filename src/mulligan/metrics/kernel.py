"""Kernel distance: unbiased squared MMD with the cubic polynomial kernel (Binkowski et al. 2018, "KID").

Needs features; lower is better. Unbiased: 0 on average for equal distributions at any count, so it goes below 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features
from mulligan.metrics._subset import common_count, subset


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``(x.y / d + 1)^3`` for all pairs [n, m]."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base


def distance(real: np.ndarray, fake: np.ndarray) -> float:
    """The unbiased estimate from all pairs of features [n, d] and [m, d] (Gretton et al. 2012, eq. 3)."""
    return _parts(real.astype(np.float64), fake.astype(np.float64))[0]


def _parts(real: np.ndarray, fake: np.ndarray) -> tuple[float, np.ndarray, float]:
    """The distance, what each fake adds to it to first order, and the variance of what a pair of fakes adds beyond."""
    among, across = kernel(fake, fake), kernel(fake, real).mean(1)
    within = _others(among)
    value = _others(kernel(real, real)).mean() + within.mean() - 2 * across.mean()
    beyond = _others(among * among).mean() - 2 * np.square(within).mean() + np.square(within.mean())
    return float(value), 2 * (within - across), float(beyond)


def _others(pairs: np.ndarray) -> np.ndarray:
    """For each sample, the mean over its pairs [n, n] with all others."""
    return (pairs.sum(1) - np.diagonal(pairs)) / (len(pairs) - 1)


@dataclass(frozen=True)
class Kernel:
    """The mean over ``subsets`` random subsets of ``subset_size`` (or of the smaller side, where that is less).

    The interval is for the fakes that were drawn, the real set is taken as given: their standard error to second order
    (Serfling 1980, section 5.2), as near equality the first one vanishes, and what the choice of subsets adds.
    """

    subsets: int = 100
    subset_size: int = 1000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"kernel": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        size = common_count(real, fake, self.subset_size, 3, "the kernel distance needs")
        values, beyond = np.zeros((2, self.subsets))
        influence, times = np.zeros((2, len(fake.values)))
        for index in range(self.subsets):
            chosen = random.choice(len(fake.values), size, replace=False)
            reals = subset(real.values, size, random)
            values[index], added, beyond[index] = _parts(reals, fake.values[chosen].astype(np.float64))
            influence[chosen] += added
            times[chosen] += 1
        variance = _variance(influence[times > 0] / times[times > 0], float(beyond.mean()), len(fake.values))
        value, over_subsets = float(values.mean()), float(values.std())
        variance += over_subsets**2 / self.subsets
        spread = 1.96 * float(np.sqrt(variance))
        how = {"interval": "value +- 1.96 standard errors over fakes", "subsets": f"{self.subsets} of {size}"}
        return [Estimate("kernel", value, value - spread, value + spread, how, {"sd over subsets": over_subsets})]


def _variance(influence: np.ndarray, beyond: float, count: int) -> float:
    """Of the distance over sets of ``count`` fakes, from the mean influence of each one that was drawn.

    A mean over few pairs carries the noise of its pairs, which counts twice what they add: once of it is taken off.
    """
    pairs = 2 * max(beyond, 0.0) / count
    return float(max(influence.var(ddof=1) - pairs, pairs)) / count
