"""Improved precision and recall (Kynkaanniemi et al. 2019): shares of fakes that look real, of reals that are reached.

Needs features; higher is better. Depends on the number of samples, so both sides are cut to the same number.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features


def radii(manifold: np.ndarray, neighbors: int) -> np.ndarray:
    """Distance of each sample [n, d] to its k-th nearest other sample."""
    found, _ = NearestNeighbors(n_neighbors=neighbors).fit(manifold).kneighbors()  # without an argument: not itself
    return found[:, -1]


def inside(samples: np.ndarray, manifold: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """For each sample, whether it lies in the ball around any point of the manifold (eq. 1)."""
    chunks = pairwise_distances_chunked(samples, manifold, reduce_func=lambda part, _: (part <= radius).any(axis=1))
    return np.concatenate(list(chunks))


@dataclass(frozen=True)
class PrecisionRecall:
    """Both shares with the balls of the ``neighbors``-th neighbor, on at most ``limit`` samples of each side."""

    neighbors: int = 3
    limit: int = 10_000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"precision": "higher", "recall": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = min(len(real.values), len(fake.values), self.limit)
        if count <= self.neighbors:
            raise DataError(f"precision and recall need more than {self.neighbors} samples a side; there are {count}")
        a, b = (_subset(side.values, count, random) for side in (real, fake))
        precision = wilson(inside(b, a, radii(a, self.neighbors)))
        recall = wilson(inside(a, b, radii(b, self.neighbors)))
        how = {"interval": "Wilson, for the balls as they are", "neighbors": self.neighbors, "samples a side": count}
        return [Estimate("precision", *precision, how), Estimate("recall", *recall, how)]


def _subset(values: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    chosen = values if len(values) == count else values[random.choice(len(values), count, replace=False)]
    return chosen.astype(np.float64)
