"""Divergence of the fake class shares from the real ones, KL(fake || real) in nats, and how many classes are seen.

The numbers of Stacked MNIST with its 1,000 classes (Metz et al. 2017; Lin et al. 2018). Needs probabilities.
Divergence: lower is better, but not 0 even for a perfect sampler, whose floor is in the details. Modes seen: higher.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._classes import class_counts
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features


def divergence(fake: np.ndarray, real: np.ndarray) -> np.ndarray:
    """KL(fake || real) of counts along the last axis.

    A class that no real sample has counts as half a sample, or a single stray fake would make it infinite.
    """
    smooth = np.maximum(real, 0.5)
    q, p = fake / fake.sum(-1, keepdims=True), smooth / smooth.sum(-1, keepdims=True)
    terms = q * np.log(q / p, out=np.zeros(np.broadcast_shapes(q.shape, p.shape)), where=q > 0)
    return terms.sum(-1).clip(min=0)  # rounding may leave -1e-17


@dataclass(frozen=True)
class ModeKL:
    """Both sides are classified by the same network; a mode is seen when at least one fake is of its class."""

    resamples: int = 500
    needs: ClassVar[frozenset[str]] = frozenset({"probabilities"})
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"mode_kl": "lower", "modes_seen": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        p, q = class_counts(real, fake, "the divergence of modes")
        classes, count = int((p > 0).sum()), int(q.sum())
        again = random.multinomial(count, q / count, self.resamples)
        how = {"interval": f"value +- 1.96 sd of {self.resamples} bootstrap resamples", "classes": classes}
        value, spread = float(divergence(q, p)), 1.96 * float(divergence(again, p).std())
        details = {"floor (K-1)/(2N)": (classes - 1) / (2 * count)} | self._floor(p, count, random)
        seen, around = float(_seen(q, p)), 1.96 * float(_seen(again, p).std())
        low, high = max(seen - around, 0.0), min(seen + around, float(classes))
        return [
            Estimate("mode_kl", value, max(value - spread, 0.0), value + spread, how, details),
            Estimate("modes_seen", seen, low, high, how | {"seen": "at least one sample"}),
        ]

    def _floor(self, p: np.ndarray, count: int, random: np.random.Generator) -> dict[str, float]:
        """What a perfect sampler gets: from this many real samples, and from endless ones (the literature's floor)."""
        shares = p / p.sum()
        fakes, reals = (random.multinomial(n, shares, self.resamples) for n in (count, p.sum()))
        floor, endless = divergence(fakes, reals).mean(), divergence(fakes, p).mean()
        return {"floor": float(floor), "floor for endless real samples": float(endless)}


def _seen(fake: np.ndarray, real: np.ndarray) -> np.ndarray:
    return ((fake > 0) & (real > 0)).sum(-1)
