"""Wasserstein loss: max_D E D(x) - E D(G(z)) over 1-Lipschitz critics (Arjovsky et al. 2017, eq. 2 and algorithm 1)."""

from dataclasses import dataclass

from mulligan import ops
from mulligan.errors import RecipeError
from mulligan.objectives._objective import Objective, Play, Terms


@dataclass(frozen=True)
class Wasserstein(Objective):
    """The critic's terms are minus the distance estimate.

    ``weight_clip`` clamps the critic's weights after each of its updates (0.01 in the paper); leave it out where a
    gradient penalty or spectral norm keeps the critic Lipschitz.
    """

    weight_clip: float | None = None

    def __post_init__(self) -> None:
        if self.weight_clip is not None and self.weight_clip <= 0:
            raise RecipeError(f"weight_clip is {self.weight_clip}; expected a number above 0, such as 0.01, or none")

    def critic_terms(self, play: Play) -> Terms:
        return {"real": -play.real.score, "fake": play.fake.score}

    def generator_terms(self, play: Play) -> Terms:
        return {"fake": -play.fake.score}

    def estimates(self, play: Play) -> Terms:
        return {"wasserstein": ops.mean(play.real.score) - ops.mean(play.fake.score)}
