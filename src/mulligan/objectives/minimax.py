"""Minimax (saturating) loss: min_G max_D E log D(x) + E log(1 - D(G(z))) (Goodfellow et al. 2014, eq. 1)."""

from dataclasses import dataclass

from mulligan import ops
from mulligan.objectives._cross_entropy import cross_entropy_terms, jensen_shannon
from mulligan.objectives._objective import Objective, Play, Terms, check_smoothing


@dataclass(frozen=True)
class Minimax(Objective):
    """The zero-sum form, on logits; the generator's gradient vanishes where the critic is sure."""

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    def critic_terms(self, play: Play) -> Terms:
        return cross_entropy_terms(play, self.label_smoothing)

    def generator_terms(self, play: Play) -> Terms:
        return {"fake": -ops.softplus(play.fake.score)}  # log(1 - sigmoid(s)) = -softplus(s)

    def estimates(self, play: Play) -> Terms:
        return jensen_shannon(play)
