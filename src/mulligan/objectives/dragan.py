"""Gradient penalty around the real samples alone: E (|grad D(x + delta)| - 1)^2 (DRAGAN; Kodali et al. 2017, eq. 3)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan import ops
from mulligan.objectives._objective import Penalty, Play, Terms


@dataclass(frozen=True)
class Dragan(Penalty):
    """Keeps the slope of the critic at ``target`` near the data.

    ``spread`` is the reach of the uniform noise in standard deviations of the batch (0.5 in the authors' experiments).
    """

    weight: Any = 10.0
    target: float = 1.0
    spread: float = 0.5
    name: ClassVar[str] = "dragan"
    input_gradients: ClassVar[frozenset[str]] = frozenset({"other"})

    def steepness(self) -> float:
        return self.target

    def critic_terms(self, play: Play) -> Terms:
        real = play.real_samples
        noise = self.spread * ops.deviation(real) * ops.uniform_like(real)
        around = real + ops.per_sample(play.mix, real) * noise
        slope = ops.root(ops.sum_per_sample(play.critic_gradient(around) ** 2))
        return {"dragan": (slope - self.target) ** 2}
