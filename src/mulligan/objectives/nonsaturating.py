"""Non-saturating loss: L_D = -E log D(x) - E log(1 - D(G(z))), L_G = -E log D(G(z)) (Goodfellow et al. 2014)."""

from dataclasses import dataclass

from mulligan import ops
from mulligan.objectives._cross_entropy import cross_entropy_terms, jensen_shannon
from mulligan.objectives._objective import Objective, Play, Terms, check_smoothing


@dataclass(frozen=True)
class NonSaturating(Objective):
    """The usual GAN loss, on logits (end of section 3).

    ``label_smoothing`` lowers the target of the reals for the critic (one-sided; Salimans et al. 2016, sec. 3.4).
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    def critic_terms(self, play: Play) -> Terms:
        return cross_entropy_terms(play, self.label_smoothing)

    def generator_terms(self, play: Play) -> Terms:
        return {"fake": ops.softplus(-play.fake.score)}

    def estimates(self, play: Play) -> Terms:
        return jensen_shannon(play)
