"""Quality that no longer gets better."""

from dataclasses import dataclass

from mulligan.train.watch._finding import NOTE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class Stall(Illness):
    """No score of the newest ones is better than the best before them."""

    scores: int = 6

    severity = NOTE
    ticks = 1
    explanation = "The quality has not risen for several scores. More of the same will hardly help."
    advice = "stop here and use the best model, or go on with a lower learning rate"

    def evidence(self, history: History) -> Evidence | None:
        """The best distance to the data before and among the newest scores."""
        values = history.scored("frechet")
        before, newest = values[: -self.scores], values[-self.scores :]
        if len(before) < 2 or min(newest) < min(before):
            return None
        return {"best distance before": min(before), "best distance since": min(newest)}
