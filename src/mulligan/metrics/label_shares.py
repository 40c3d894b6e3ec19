"""Class shares of the fakes as a classifier sees them, against those of the reals (Santurkar et al. 2018).

Needs probabilities; total variation: lower is better, 0 for equal shares; classes found: higher is better.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._classes import class_counts
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features


def total_variation(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Half the sum of differences along the last axis: the share of samples that would have to change class."""
    return np.abs(p - q).sum(-1) / 2


@dataclass(frozen=True)
class LabelShares:
    """Both sides are classified by the same network, so that its errors cancel.

    A class is found when the fakes have at least ``least`` of its real share. DataError where the classes are so many
    that the real samples cannot tell their shares, as those of ImageNet are on any small set.
    """

    least: float = 0.25
    resamples: int = 1000
    needs: ClassVar[frozenset[str]] = frozenset({"probabilities"})
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"label_variation": "lower", "classes_found": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        reals, fakes = class_counts(real, fake, "the comparison of class shares")
        count = int(fakes.sum())
        p, q = reals / reals.sum(), fakes / count
        again = random.multinomial(count, q, self.resamples) / count
        how = {"interval": f"from {self.resamples} bootstrap resamples of the fake labels"}
        details = {"real shares": p.tolist(), "fake shares": q.tolist()}
        value, spread = float(total_variation(p, q)), 1.96 * float(total_variation(p, again).std())
        variation = Estimate("label_variation", value, max(value - spread, 0.0), min(value + spread, 1.0), how, details)
        low, high = np.percentile(self._found(p, again), (2.5, 97.5))
        found = float(self._found(p, q))
        how = how | {"found": f"at least {self.least:g} of the real share"}
        classes = Estimate("classes_found", found, float(min(low, found)), float(max(high, found)), how, details)
        return [variation, classes]

    def _found(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return ((q >= self.least * p) & (p > 0)).sum(-1)
