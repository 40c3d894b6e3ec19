"""Improved precision and recall (Kynkaanniemi et al. 2019): shares of fakes that look real, of reals that are reached.

Needs features; higher is better. Depends on the number of samples, so both sides are cut to the same number.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features
from mulligan.metrics._neighbors import in_balls, radii
from mulligan.metrics._subset import common_count, subset


def inside(samples: np.ndarray, manifold: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """For each sample, whether it lies in the ball around any point of the manifold (eq. 1)."""
    return np.concatenate([block.any(1) for block in in_balls(samples, manifold, radius)])


@dataclass(frozen=True)
class PrecisionRecall:
    """Both shares with the balls of the ``neighbors``-th neighbor, on at most ``limit`` samples of each side."""

    neighbors: int = 3
    limit: int = 10_000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"precision": "higher", "recall": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = common_count(real, fake, self.limit, self.neighbors + 1, "precision and recall need")
        a, b = (subset(side.values, count, random) for side in (real, fake))
        precision = wilson(inside(b, a, radii(a, self.neighbors)))
        recall = wilson(inside(a, b, radii(b, self.neighbors)))
        how = {"interval": "Wilson, for the balls as they are", "samples a side": count}
        return [Estimate("precision", *precision, how), Estimate("recall", *recall, how)]
