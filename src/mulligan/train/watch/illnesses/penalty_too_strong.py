"""A penalty that leaves the critic nothing to say."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class PenaltyTooStrong(Illness):
    """The score hardly changes over the distance between two reals, while fakes are easily told from them."""

    least_reach: float = 0.7
    least_separation: float = 1.0

    severity = SEVERE
    explanation = (
        "The penalty keeps the critic so flat that its scores hardly differ. The generator learns very slowly."
    )
    advice = "divide the penalties' weights by ten"

    def evidence(self, history: History) -> Evidence | None:
        """Change of the score over the distance between two reals; only where there is a penalty to blame."""
        reach = history.signal("critic/reach")
        if not history.setting.penalties or not reach < self.least_reach:
            return None
        return {"change of the score between two reals": reach, "separation": history.signal("critic/separation")}

    def remedy(self, history: History) -> Mapping[str, float]:
        """A tenth."""
        return dict.fromkeys(history.setting.penalties, 0.1)
