"""Toy sets of points in the plane whose true density is known: mixtures of equal round Gaussians.

``toy:ring``: 8 Gaussians of standard deviation 0.1, centers at radius 2 and angles 0, 45, ... 315 degrees.
``toy:grid``: 25 Gaussians of standard deviation 0.05, centers at {-4, -2, 0, 2, 4} x {-4, -2, 0, 2, 4}.
``toy:grid10``: 100 Gaussians of standard deviation 0.05, centers at {-9, -7, ... 9} x {-9, -7, ... 9}.

Each split is 100,000 points drawn once from a fixed seed, every Gaussian with the same share (up to one point), in
random order. Points are not labelled, since finding the modes is the task; measures read them from ``source.modes``.
"""

import numpy as np

from mulligan.data._listing import InMemory, Modes

COUNT = 100_000


def _grid(per_side: int) -> np.ndarray:
    ticks = 2.0 * np.arange(per_side) - (per_side - 1)
    return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)


def _ring(count: int, radius: float) -> np.ndarray:
    angles = 2 * np.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)


# Centers [k, 2] and standard deviation.
SETS = {"toy:ring": (_ring(8, 2.0), 0.1), "toy:grid": (_grid(5), 0.05), "toy:grid10": (_grid(10), 0.05)}


def listing(place: str, split: str) -> InMemory:
    """The points of one split of a toy set, float32 [n, 2]."""
    centers, deviation = SETS[place]
    parts = [_draw(centers, deviation, seed) for seed in {"train": (0,), "test": (1,), "all": (0, 1)}[split]]
    samples = np.concatenate([points for points, _ in parts])
    return InMemory(
        kind="toy",
        where=place,
        splits=("train", "test"),
        licence="none needed: drawn from a formula",
        count=len(samples),
        shape=(2,),
        samples=samples,
        modes=Modes(centers, deviation, np.concatenate([index for _, index in parts])),
    )


def _draw(centers: np.ndarray, deviation: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.Generator(np.random.Philox(seed))
    index = random.permutation(np.arange(COUNT) % len(centers))
    noise = random.standard_normal((COUNT, centers.shape[1]))
    return (centers[index] + deviation * noise).astype(np.float32), index
