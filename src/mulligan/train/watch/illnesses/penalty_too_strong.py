"""A penalty that leaves the critic nothing to say."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class PenaltyTooStrong(Illness):
    """Scores change less over the distance of two reals than they did by chance, before anything was learned."""

    least_growth: float = 0.35
    least_reach: float = (
        1.0  # of a score, which is a logit: a critic that says so much over a typical distance is heard
    )
    early: float = 0.3  # share of the budget

    severity = SEVERE
    explanation = (
        "The penalty keeps the critic so flat that its scores hardly differ. The generator learns very slowly."
    )
    advice = "divide the penalties' weights by ten"

    def evidence(self, history: History) -> Evidence | None:
        """How much flatter the critic is than before its first step, where a penalty is to blame for it."""
        growth, reach = history.growth("critic/reach"), history.signal("critic/reach")
        is_flat = growth < self.least_growth and reach < self.least_reach
        if not (history.setting.flattening and is_flat and history.samples_stay_off):
            return None
        return {"steepness beside that at the start": growth, "accuracy": history.signal("critic/accuracy")}

    def is_inborn(self, history: History) -> bool:
        """Where it is seen early: what a flat critic has taught by then is not worth keeping."""
        return history.share < self.early

    def remedy(self, history: History) -> Mapping[str, float]:
        """What brings them to their usual share, a third at most."""
        return dict.fromkeys(history.setting.flattening, min(history.fitting_penalties(), 0.3))
