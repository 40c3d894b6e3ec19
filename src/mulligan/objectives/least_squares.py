"""Least-squares loss with targets 0 and 1: L_D = E (D(x) - 1)^2 / 2 + E D(G(z))^2 / 2 (Mao et al. 2017, eq. 9)."""

from dataclasses import dataclass

from mulligan.objectives._objective import Objective, Play, Terms, check_smoothing


@dataclass(frozen=True)
class LeastSquares(Objective):
    """Least squares on the raw score; ``label_smoothing`` lowers the target of the reals for the critic."""

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    def critic_terms(self, play: Play) -> Terms:
        return {
            "real": (play.real.score - (1 - self.label_smoothing)) ** 2 / 2,
            "fake": play.fake.score**2 / 2,
        }

    def generator_terms(self, play: Play) -> Terms:
        return {"fake": (play.fake.score - 1) ** 2 / 2}
