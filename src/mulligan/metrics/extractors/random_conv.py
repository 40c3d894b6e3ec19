"""Random convolutional features: no training, so no data set's opinion; a last resort and a second, unrelated view.

Random filters at several scales tell textures apart nearly as well as trained ones (Ustyuzhaninov et al. 2017). The
weights follow from a seed alone, so that every framework and machine has the same.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RandomConv:
    """Two layers of random filters at each scale of an RGB picture of ``size`` that is halved again and again.

    At each scale: ``first`` filters of 5x5, ReLU, then on the halved result ``second`` filters of 3x3, ReLU. Each map
    gives its mean in four quarters, its maximum and its standard deviation. The maximum counts a quarter: it varies the
    most from picture to picture and would drown the rest.
    """

    size: int = 64
    scales: int = 4
    first: int = 6
    second: int = 6
    maximum_weight: float = 0.25
    seed: int = 0

    def weights(self) -> dict[str, np.ndarray]:
        """Filters [outputs, inputs, k, k] in float32, each of norm 1.

        Half of the first ones see brightness, all others have mean 0 and see only change.
        """
        # The uniform numbers of MT19937 are the one stream that numpy promises never to change, and need no libm.
        random = np.random.RandomState(self.seed)
        first = 2 * random.random_sample((self.first, 3, 5, 5)) - 1
        second = 2 * random.random_sample((self.second, self.first, 3, 3)) - 1
        for filters in (first[: self.first // 2], second):
            filters -= filters.mean((1, 2, 3), keepdims=True)
        return {"first": _unit(first), "second": _unit(second)}


def _unit(filters: np.ndarray) -> np.ndarray:
    norm = np.sqrt(np.square(filters).sum((1, 2, 3), keepdims=True))
    return (filters / norm).astype(np.float32)
