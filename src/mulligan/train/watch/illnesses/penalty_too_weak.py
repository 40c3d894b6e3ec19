"""A critic that is too steep."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class PenaltyTooWeak(Illness):
    """The score changes by a lot over the distance between two reals (Mescheder et al. 2018: no convergence then)."""

    most_reach: float = 8.0

    severity = SEVERE
    ticks = 3
    explanation = (
        "The critic is so steep that a small change of a sample changes its score by a lot. Such games circle."
    )
    advice = "raise the penalties' weights tenfold, or add penalties: --set game.penalties=r1"

    def evidence(self, history: History) -> Evidence | None:
        """Change of the score over the distance between two reals."""
        reach = history.signal("critic/reach")
        return {"change of the score between two reals": reach} if reach > self.most_reach else None

    def remedy(self, history: History) -> Mapping[str, float]:
        """Ten times the weights; where there is no penalty, slower."""
        if history.setting.penalties:
            return dict.fromkeys(history.setting.penalties, 10.0)
        return {"learning_rate": 0.5, "critic_learning_rate": 0.5}
