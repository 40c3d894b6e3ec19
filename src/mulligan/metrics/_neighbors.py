"""Who lies near whom among features: what the measures of manifolds, copies and repeats share.

scikit-learn is loaded where something is measured: that takes seconds, which who only trains or generates would wait.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np


def others(values: np.ndarray, count: int) -> np.ndarray:
    """Distances of each sample [n, d] to its ``count`` nearest others, nearest first: [n, count]."""
    found, _ = _fitted(values, count).kneighbors()  # without an argument: not itself
    return found


def radii(manifold: np.ndarray, neighbors: int) -> np.ndarray:
    """Distance of each sample [n, d] to its k-th nearest other sample."""
    return others(manifold, neighbors)[:, -1]


def in_balls(samples: np.ndarray, centers: np.ndarray, radius: np.ndarray) -> Iterator[np.ndarray]:
    """In turn for parts of the samples: whether each lies in the ball around each center, as blocks [part, centers]."""
    # |x - c|^2 <= r^2 is x.c - |x|^2 / 2 >= (|c|^2 - r^2) / 2: one product and one comparison for all pairs.
    least = (np.square(centers).sum(1) - radius**2) / 2
    for part in np.array_split(samples, -(-len(samples) // 500)):
        yield part @ centers.T - np.square(part).sum(1, keepdims=True) / 2 >= least


def nearest(samples: np.ndarray, among: np.ndarray, rank: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Distance of each sample [m, d] to the nearest of ``among`` [n, d], or to that of another rank, and its index.

    Among themselves, samples are their own nearest ones; rank 2 is the nearest other.
    """
    distances, indices = _fitted(among, rank).kneighbors(samples)
    return distances[:, -1], indices[:, -1]


def reach(distances: np.ndarray, quantile: float) -> tuple[float, int]:
    """How near the nearest ``quantile`` of distances (at least one of them) are, and how many are so near.

    A ten-thousandth of the median is as good as 0: it is what rounding leaves of the distance of equal samples.
    """
    order = np.sort(distances)
    threshold = float(max(order[int(np.ceil(quantile * len(order))) - 1], 1e-4 * np.median(order)))
    return threshold, int((order <= threshold).sum())


def _fitted(among: np.ndarray, count: int) -> Any:
    return load_neighbors().NearestNeighbors(n_neighbors=count).fit(among)


def load_neighbors() -> ModuleType:
    """Have scikit-learn loaded now."""
    from sklearn import neighbors

    return neighbors
