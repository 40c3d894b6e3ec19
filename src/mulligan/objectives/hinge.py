"""Hinge loss: L_D = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))), L_G = -E D(G(z)) (Miyato et al. 2018, eq. 16, 17)."""

from dataclasses import dataclass

from mulligan import ops
from mulligan.objectives._objective import Objective, Play, Terms


@dataclass(frozen=True)
class Hinge(Objective):
    """The loss of SNGAN, SAGAN and BigGAN (first in Lim & Ye 2017)."""

    def critic_terms(self, play: Play) -> Terms:
        return {"real": ops.relu(1 - play.real.score), "fake": ops.relu(1 + play.fake.score)}

    def generator_terms(self, play: Play) -> Terms:
        return {"fake": -play.fake.score}
