"""Gradient penalty on lines between real and fake: E (|grad D(x^)| - 1)^2 (Gulrajani et al. 2017, eq. 3)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan import ops
from mulligan.objectives._objective import Penalty, Play, Terms


@dataclass(frozen=True)
class GradientPenalty(Penalty):
    """Keeps the slope of the critic at ``target`` between the two distributions, as WGAN-GP does."""

    weight: Any = 10.0
    target: float = 1.0
    name: ClassVar[str] = "gradient_penalty"
    input_gradients: ClassVar[frozenset[str]] = frozenset({"other"})

    def steepness(self) -> float:
        return self.target

    def critic_terms(self, play: Play) -> Terms:
        real, fake = play.real_samples, play.fake_samples
        between = real + ops.per_sample(play.mix, real) * (fake - real)
        slope = ops.root(ops.sum_per_sample(play.critic_gradient(between) ** 2))
        return {"gradient_penalty": (slope - self.target) ** 2}
