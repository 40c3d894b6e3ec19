"""Relativistic losses: the critic says if the real sample is more real than the fake (Jolicoeur-Martineau 2018)."""

from dataclasses import dataclass
from typing import ClassVar

from mulligan import ops
from mulligan.objectives._objective import Objective, Play, Terms


@dataclass(frozen=True)
class RelativisticPair(Objective):
    """Pair the i-th real with the i-th fake: L_D = E softplus(D(G(z)) - D(x)), L_G its mirror (Huang et al. 2024).

    Needs R1 and R2 beside it: without them neither the ring nor the grid is learned.
    """

    generator_sees: ClassVar[frozenset[str]] = frozenset({"real", "fake"})
    needs_penalty: ClassVar[bool] = True

    def critic_terms(self, play: Play) -> Terms:
        return {"pair": ops.softplus(play.fake.score - play.real.score)}

    def generator_terms(self, play: Play) -> Terms:
        return {"pair": ops.softplus(play.real.score - play.fake.score)}


@dataclass(frozen=True)
class RelativisticAverage(Objective):
    """Compare each sample with the mean of the other kind, RaGAN (Jolicoeur-Martineau 2018, eq. 10 and 11)."""

    generator_sees: ClassVar[frozenset[str]] = frozenset({"real", "fake"})

    def critic_terms(self, play: Play) -> Terms:
        real, fake = self._relative(play)
        return {"real": ops.softplus(-real), "fake": ops.softplus(fake)}

    def generator_terms(self, play: Play) -> Terms:
        real, fake = self._relative(play)
        return {"real": ops.softplus(real), "fake": ops.softplus(-fake)}

    @staticmethod
    def _relative(play: Play) -> tuple:
        real, fake = play.real.score, play.fake.score
        return real - ops.mean_of_batch(fake), fake - ops.mean_of_batch(real)
