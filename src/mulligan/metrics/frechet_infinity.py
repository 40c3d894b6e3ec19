"""Frechet distance for infinitely many fakes, extrapolated from fewer and fewer (Chong & Forsyth 2020, section 3).

Needs features; lower is better. The bias of the distance is linear in 1/N to first order, once N is well above the
number of dimensions. What the real side lacks in samples stays in.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features
from mulligan.metrics._subset import subset
from mulligan.metrics.frechet import Moments, covariance_root, distance_to, standard_error


def line(sizes: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """Where the least-squares line of the values over 1/N meets 1/N = 0, the standard error there, and its slope."""
    design = np.stack([np.ones(len(sizes)), 1 / sizes], 1)
    (meets, slope), *_ = np.linalg.lstsq(design, values)
    residual = np.square(values - design @ (meets, slope)).sum() / max(len(sizes) - 2, 1)
    return float(meets), float(np.sqrt(residual * np.linalg.pinv(design.T @ design)[0, 0])), float(slope)


@dataclass(frozen=True)
class FrechetInfinity:
    """A line through the distances of ``points`` random subsets of the fakes, from a tenth of them to all.

    Subsets of one pool say nothing of another one, so the interval joins the error of the line with that of the pool.
    """

    points: int = 15
    largest_start: int = 5000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"frechet_infinity": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = len(fake.values)
        smallest = max(min(self.largest_start, count // 10), 2)
        sizes = np.linspace(smallest, count, self.points).astype(int)
        reals = Moments.of(real.values)
        root = covariance_root(reals)  # once: the real side is the same for all
        found = np.array([distance_to(reals, root, subset(fake.values, size, random)) for size in sizes])
        value, error, slope = line(sizes, found)
        spread = 1.96 * float(np.hypot(error, standard_error(reals, fake.values)))
        sizes_are = f"{self.points} from {smallest} to {count}"
        how = {"interval": "value +- 1.96 standard errors of line and fakes", "sizes": sizes_are}
        details: dict[str, Any] = {"slope in 1/N": slope, "distance of all": float(found[-1])}
        if smallest < (dimensions := fake.values.shape[1]):
            details["warning"] = f"the smallest subset, {smallest}, is below the {dimensions} dimensions: a bent line"
        return [Estimate("frechet_infinity", value, value - spread, value + spread, how, details)]
