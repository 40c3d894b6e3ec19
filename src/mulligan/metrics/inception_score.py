"""Inception score (Salimans et al. 2016, section 4): how sure a classifier is, and how many classes it sees.

Needs probabilities; higher is better: 1 for one class or for pictures that say nothing, the number of classes at best.
It never looks at real samples, and depends on the classifier and on the number of samples in a split.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features, given


def inception_score(probabilities: np.ndarray) -> float:
    """``exp(E KL(p(y|x) || p(y)))`` of class probabilities [n, classes]."""
    p = probabilities.astype(np.float64)
    return float(np.exp(max(_negative_entropy(p).mean() - _negative_entropy(p.mean(0)), 0.0)))


def _negative_entropy(p: np.ndarray) -> np.ndarray:
    return (p * np.log(p, out=np.zeros_like(p), where=p > 0)).sum(-1)


@dataclass(frozen=True)
class InceptionScore:
    """The mean over ``splits`` equal parts of the fakes, shuffled: a generator may have gone class by class."""

    splits: int = 10
    needs: ClassVar[frozenset[str]] = frozenset({"probabilities"})
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"inception_score": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        found, of_reals = (self._of_splits(side, random) for side in (fake, real))
        value, deviation = float(found.mean()), float(found.std(ddof=1)) if len(found) > 1 else 0.0
        spread = 1.96 * deviation / float(np.sqrt(len(found)))
        how = {"interval": "value +- 1.96 standard errors over splits", "splits": f"{len(found)}, shuffled"}
        details = {"sd over splits": deviation, "of the real samples": float(of_reals.mean())}
        return [Estimate("inception_score", value, max(value - spread, 1.0), value + spread, how, details)]

    def _of_splits(self, side: Features, random: np.random.Generator) -> np.ndarray:
        probabilities = given(side.probabilities, "probabilities")
        parts = np.array_split(random.permutation(probabilities), self.splits)
        return np.array([inception_score(part) for part in parts if len(part)])
