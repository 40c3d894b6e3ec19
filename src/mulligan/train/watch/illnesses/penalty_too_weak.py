"""A critic that is too steep."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class PenaltyTooWeak(Illness):
    """Scores change ever more over the distance of two reals; such games circle (Mescheder et al. 2018, section 3)."""

    most_growth: float = 2.0
    least_share: float = 0.01  # of the penalties in all that the critic minimizes
    most_slopes: float = 4.0  # times the slope that a penalty holds the critic to, where it holds it to one
    mostly: float = 0.8  # of all ticks

    severity = SEVERE
    ticks = 3
    explanation = (
        "The critic is so steep that a small change of a sample changes its score by a lot. Such games circle."
    )

    def evidence(self, history: History) -> Evidence | None:
        """How much steeper the critic is than before its first step, where next to nothing is charged for that."""
        setting, growth, share = history.setting, history.growth("critic/reach"), history.share_of_penalties()
        if setting.holding:  # a critic that keeps to its slope pays next to nothing, however flat it was at the start
            slopes = history.signal("critic/input_gradient") / max(setting.holding.values())
            return {"steepness beside what the penalty holds it to": slopes} if slopes > self.most_slopes else None
        if not (setting.flattening or setting.lacks_penalty) or not history.has_begun:
            return None
        if not (growth > self.most_growth and share < self.least_share):
            return None
        return {"steepness beside that at the start": growth, "share of the penalties in the critic's terms": share}

    def advice_for(self, history: History) -> str:
        """More of the penalties that the run has."""
        return history.heavier(10)

    def is_inborn(self, history: History) -> bool:
        """Where the critic was too steep nearly all the time."""
        growths = history.growths("critic/reach")
        return sum(growth > self.most_growth for growth in growths) > self.mostly * len(growths)

    def remedy(self, history: History) -> Mapping[str, float]:
        """What brings the penalties to their usual share; where there is none, no number would help."""
        if history.setting.holding:
            return dict.fromkeys(history.setting.holding, 10.0)
        return dict.fromkeys(history.setting.flattening, history.fitting_penalties())
