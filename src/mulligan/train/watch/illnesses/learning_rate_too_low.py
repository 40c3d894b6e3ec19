"""Steps that are too small to get anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import FURTHEST, History, rate_of
from mulligan.train.watch._illness import Evidence, Illness
from mulligan.train.watch.illnesses.learning_rate_too_high import USUAL


@dataclass(frozen=True)
class LearningRateTooLow(Illness):
    """One step changes a typical weight by next to nothing, early in a run.

    A rate that falls at the end is healthy, and one that rises is judged by how high it gets.
    """

    least: float = 5e-5
    early: float = 0.3  # share of the budget

    severity = SEVERE
    ticks = 1
    explanation = "The weights hardly move. At this pace the budget ends before the samples look like anything."
    advice = "multiply the learning rate by ten"

    def evidence(self, history: History) -> Evidence | None:
        """The learning rate beside the weights that the run began with."""
        rates = {
            role: history.relative_rate(role) * history.rise(rate_of(role)) for role in history.setting.typical_weights
        }
        low = {
            f"change of a typical weight of the {role} at a step": x for role, x in rates.items() if 0 < x < self.least
        }
        return low if low and history.share < self.early else None

    def remedy(self, history: History) -> Mapping[str, float]:
        """What brings each rate to half of what is usual."""
        rates = {name: rate * history.rise(name) for name, rate in history.relative_rates().items()}
        return {name: min(FURTHEST, USUAL / 2 / rate) for name, rate in rates.items() if 0 < rate < self.least}
