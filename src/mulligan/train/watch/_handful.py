"""A handful of samples and what the signals want of them; the reals are the same at each look, and cost but once."""

from functools import cached_property

import numpy as np

BOUND = 0.99  # of pictures, which lie between -1 and 1; beyond it a pixel is black or white
LARGEST = 64  # pixels a side that are looked at
TINY = 1e-12


class Handful:
    """Samples as floats, pictures [n, h, w, c]; each number is worked out when it is first asked for, and kept."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    @cached_property
    def typical_distance(self) -> float:
        """Root of the mean squared distance of two of them."""
        return float(np.sqrt(2 * _flat(self.samples).var(axis=0).sum()))

    @cached_property
    def middle(self) -> np.ndarray:
        """The middle of large pictures: its pixels tell as much, and all of them would take seconds."""
        if self.samples.ndim != 4:
            return self.samples
        top, left = (max(side - LARGEST, 0) // 2 for side in self.samples.shape[1:3])
        return self.samples[:, top : top + LARGEST, left : left + LARGEST]

    @cached_property
    def mean(self) -> np.ndarray:
        """Of each number, as all that follows of the middle."""
        return self._numbers.mean(axis=0)

    @cached_property
    def spread(self) -> float:
        """The standard deviation of a number, as the mean over all."""
        return float(self._numbers.std(axis=0).mean())

    @cached_property
    def apart(self) -> np.ndarray:
        """Distances of all pairs, [n, n - 1]: the diagonal left out."""
        flat = self._numbers
        squares = (flat**2).sum(axis=1)
        squared = squares[:, None] + squares[None, :] - 2 * flat @ flat.T
        return np.sqrt(np.maximum(off_diagonal(squared), 0))

    @cached_property
    def saturated(self) -> float:
        """Share of the pixels that are black or white."""
        return float((np.abs(self._numbers) > BOUND).mean())

    @cached_property
    def power(self) -> np.ndarray:
        """Mean power by frequency, without that of the mean picture: [h, w]."""
        centered = self.middle - self.middle.mean(axis=0)
        return (np.abs(np.fft.fft2(centered, axes=(1, 2))) ** 2).mean(axis=(0, 3))

    @cached_property
    def _numbers(self) -> np.ndarray:
        return _flat(self.middle)


def off_diagonal(square: np.ndarray) -> np.ndarray:
    """A matrix [n, n] without its diagonal, [n, n - 1]."""
    count = len(square)
    return square[~np.eye(count, dtype=bool)].reshape(count, count - 1)


def _flat(samples: np.ndarray) -> np.ndarray:
    return samples.reshape(len(samples), -1).astype(np.float64)
