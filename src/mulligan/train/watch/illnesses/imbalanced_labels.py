"""Labels of which some hardly occur."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class ImbalancedLabels(Illness):
    """One class has nearly all samples, or some have nearly none."""

    most: float = 0.9  # share of the largest class
    least: float = 0.05  # of its fair share, for the smallest

    ticks = 1
    explanation = "The classes of the data are of very different sizes. The small ones will be drawn badly or never."
    advice = "bring more samples of the small classes, or leave them out"

    def evidence(self, history: History) -> Evidence | None:
        """Shares of the largest and of the smallest class."""
        shares = history.setting.class_shares
        if len(shares) < 2 or not (max(shares) > self.most or min(shares) * len(shares) < self.least):
            return None
        return {"share of the largest class": max(shares), "share of the smallest class": min(shares)}
