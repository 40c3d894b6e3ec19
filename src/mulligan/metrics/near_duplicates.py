"""The share of samples that repeat another one.

Needs features; lower is better. Near means near for the place: the distance to the nearest other sample is held against
that to the tenth nearest, so that samples which are all drawn together, as blurred ones are, do not count as repeats.
By construction ``quantile`` of the reals are so near, and as many samples of a perfect model.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features
from mulligan.metrics._neighbors import others, reach
from mulligan.metrics._subset import common_count, subset


@dataclass(frozen=True)
class NearDuplicates:
    """A sample repeats another one where the ratio of both distances is below that of all but ``quantile`` of reals.

    Where even the ``scale``-th nearest is within a quarter of what reals have to their nearest, as a rule, it is one of
    many repeats. A sample and its repeat are two hits and one case, and are counted so for the interval, which is too
    narrow where samples come many times. Both sides are cut to the same number, at most ``limit``: distances shrink as
    samples get more.
    """

    quantile: float = 0.01
    scale: int = 10
    limit: int = 10_000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"near_duplicates": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = common_count(real, fake, self.limit, 2, "the share of repeats needs")
        a, b = (others(subset(side.values, count, random), min(self.scale, count - 1)) for side in (real, fake))
        ratio, _ = reach(_ratio(a), self.quantile)
        distance = np.median(a[:, 0]) / 4
        of_reals, repeats = ((_ratio(side) <= ratio) | (side[:, -1] <= distance) for side in (a, b))
        rule = f"nearest to {self.scale}th nearest as for {self.quantile:.1%} of reals"
        how = {"interval": "Wilson over pairs, for the bound as it is", "repeats": rule, "samples a side": count}
        details: dict[str, Any] = {"bound": ratio, "of the real samples": float(of_reals.mean())}
        return [Estimate("near_duplicates", *wilson(repeats, together=2), how, details)]


def _ratio(distances: np.ndarray) -> np.ndarray:
    return distances[:, 0] / np.maximum(distances[:, -1], np.finfo(float).tiny)
