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
    most_slopes: float = 4.0  # times the steepness that they hold the critic to, where they hold it to one

    severity = SEVERE
    is_inborn = True
    ticks = 3
    explanation = (
        "The critic is so steep that a small change of a sample changes its score by a lot. Such games circle."
    )
    advice = "raise the penalties' weights tenfold, or add penalties: --set game.penalties=r1"

    def evidence(self, history: History) -> Evidence | None:
        """How much steeper the critic is than before its first step, where next to nothing is charged for that."""
        setting, growth, share = history.setting, history.growth("critic/reach"), history.share_of_penalties()
        if not (setting.penalties or setting.lacks_penalty):
            return None
        if setting.slope:  # a critic that keeps to it pays next to nothing, however flat it was at the start
            slopes = history.signal("critic/input_gradient") / setting.slope
            return {"steepness beside what the penalty holds it to": slopes} if slopes > self.most_slopes else None
        if not (growth > self.most_growth and share < self.least_share):
            return None
        return {"steepness beside that at the start": growth, "share of the penalties in the critic's terms": share}

    def remedy(self, history: History) -> Mapping[str, float]:
        """What brings the penalties to their usual share, thrice at least; where there is none, slower."""
        if history.setting.slope:
            return dict.fromkeys(history.setting.penalties, 10.0)
        if history.setting.penalties:
            return dict.fromkeys(history.setting.penalties, max(history.fitting_penalties(), 3.0))
        return {"learning_rate": 0.5, "critic_learning_rate": 0.5}
