"""Copies of training samples: fakes nearer to one than real samples are that no training has seen (Meehan et al. 2020).

Needs features, the real side being the training samples; lower is better, 0 is ideal. With held-out real samples, those
are the measure of what is near; without, each training sample against the others.

A verdict on copies needs two things, each of which chance alone brings in at most ``false_alarms`` of all cases. Too
many fakes are near (exactly: as many before the last of the near held-out samples in a random order of both). And, with
held-out samples, what they are near to is a training sample too often: fakes that are only too typical are near to both
kinds.
"""

from dataclasses import dataclass
from math import erfc, exp, lgamma, sqrt
from typing import Any, ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features
from mulligan.metrics._neighbors import nearest, reach
from mulligan.metrics._subset import subset


def chance_of_so_many(fakes: int, near_fakes: int, others: int, near_others: int) -> float:
    """In a random order of both, how likely so many fakes come before the last of the near others."""
    drawn = near_fakes + near_others - 1  # of which fewer than near_others are others: a hypergeometric tail
    chosen = (_log_choose(others, i) + _log_choose(fakes, drawn - i) for i in range(max(0, drawn - fakes), near_others))
    return min(1.0, sum(exp(one - _log_choose(fakes + others, drawn)) for one in chosen))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) if 0 <= k <= n else -np.inf


def chance_of_so_often(train: int, held_out: int, whose: np.ndarray) -> tuple[float, float, float]:
    """The share of near fakes whose nearest real sample is a training one, the share expected, the chance of so much.

    ``whose`` holds the index of the nearest for each, training samples first. Which samples were trained on is random
    to a model without a memory; the variance follows from how often each is a nearest one, however unevenly that is.
    """
    expected = train / (train + held_out)
    if not len(whose):
        return expected, expected, 1.0
    share = float((whose < train).mean())
    deviation = sqrt(expected * (1 - expected) * np.square(np.bincount(whose)).sum()) / len(whose)
    return share, expected, erfc((share - expected) / deviation / sqrt(2)) / 2


@dataclass(frozen=True)
class Memorization:
    """The share of fakes as near to a training sample as the nearest ``quantile`` of held-out ones, less that of those.

    Looks at no more than ``limit`` fakes and held-out samples, and names the ``shown`` closest pairs.
    """

    quantile: float = 0.01
    false_alarms: float = 0.01
    limit: int = 5000
    shown: int = 16
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"memorization": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        train, numbers = real.values.astype(np.float64), np.sort(random.permutation(len(fake.values))[: self.limit])
        fakes = fake.values[numbers].astype(np.float64)
        others = None if real.held_out is None else subset(real.held_out.values, self.limit, random)
        (away, whose), apart = nearest(fakes, train), self._by_chance(train, others, random)
        threshold, near_others = reach(apart, self.quantile)
        near = int((away <= threshold).sum())
        chances = {"chance of so many near": chance_of_so_many(len(fakes), near, len(apart), near_others)}
        details: dict[str, Any] = {"threshold": threshold, "near": near / len(fakes)}
        details["near by chance"] = near_others / len(apart)
        if others is not None:
            away_other, whose_other = nearest(fakes, others)
            whose_of_all = np.where(away < away_other, whose, len(train) + whose_other)
            near_any = np.minimum(away, away_other) <= threshold
            share, expected, chance = chance_of_so_often(len(train), len(others), whose_of_all[near_any])
            details |= {"near to a training sample": share, "expected": expected}
            chances["chance of so often"] = chance
        closest = [[int(numbers[i]), int(whose[i]), float(away[i])] for i in np.argsort(away)[: self.shown]]
        verdict = {"copies": max(chances.values()) < self.false_alarms, "closest": closest}
        difference = _difference(near, len(fakes), near_others, len(apart))
        return [Estimate("memorization", *difference, self._how(others), details | chances | verdict)]

    def _by_chance(self, train: np.ndarray, others: np.ndarray | None, random: np.random.Generator) -> np.ndarray:
        """Distances to training samples where nothing can have been copied."""
        if others is not None:
            return nearest(others, train)[0]
        return nearest(subset(train, self.limit, random), train, rank=2)[0]  # the first is the sample itself

    def _how(self, others: np.ndarray | None) -> dict[str, Any]:
        beside = "real samples are to one another" if others is None else f"{len(others)} held-out samples are"
        return {
            "interval": "value +- 1.96 standard errors of both shares",
            "near": f"as the nearest {self.quantile:.1%} of {beside}",
            "alarms": f"false in at most {self.false_alarms:.0%}",
        }


def _difference(hits: int, count: int, other_hits: int, other_count: int) -> tuple[float, float, float]:
    share, other = hits / count, other_hits / other_count
    spread = 1.96 * sqrt(share * (1 - share) / count + other * (1 - other) / other_count)
    return share - other, share - other - spread, share - other + spread
