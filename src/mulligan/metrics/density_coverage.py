"""Density and coverage (Naeem et al. 2020, eq. 3 and 4): precision and recall that a single outlier cannot lift.

Needs features; higher is better. Density: in how many balls around reals a fake lies, over the number that a real one
would; about 1 for a perfect model, more where fakes crowd where reals are dense. Coverage: the share of reals that have
a fake in their ball.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features
from mulligan.metrics._neighbors import in_balls, radii
from mulligan.metrics._subset import common_count, subset


def balls(real: np.ndarray, fake: np.ndarray, neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """For each fake [m, d], how many balls of reals [n, d] hold it; for each real, whether its ball holds a fake."""
    counts, covered = [], np.zeros(len(real), bool)
    for block in in_balls(fake, real, radii(real, neighbors)):
        counts.append(block.sum(1))
        covered |= block.any(0)
    return np.concatenate(counts), covered


@dataclass(frozen=True)
class DensityCoverage:
    """Both with the balls of the ``neighbors``-th neighbor, on at most ``limit`` samples of each side."""

    neighbors: int = 5
    limit: int = 10_000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"density": "higher", "coverage": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = common_count(real, fake, self.limit, self.neighbors + 1, "density and coverage need")
        a, b = (subset(side.values, count, random) for side in (real, fake))
        held, covered = balls(a, b, self.neighbors)
        density = float(held.mean()) / self.neighbors
        spread = 1.96 * float(held.std(ddof=1) / np.sqrt(count)) / self.neighbors
        how = {"samples a side": count}
        error, share = {"interval": "value +- 1.96 standard errors over fakes"}, {"interval": "Wilson"}
        return [
            Estimate("density", density, max(density - spread, 0.0), density + spread, how | error),
            Estimate("coverage", *wilson(covered), how | share),
        ]
