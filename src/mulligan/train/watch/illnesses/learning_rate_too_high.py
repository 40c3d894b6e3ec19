"""Steps that are too large for the weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import FURTHEST, History
from mulligan.train.watch._illness import Evidence, Illness

USUAL = 0.03  # of a typical weight, at a step


@dataclass(frozen=True)
class LearningRateTooHigh(Illness):
    """One step changes a typical weight by a large part of its size."""

    most: float = 0.35  # the default recipe for pictures begins at 0.3

    severity = SEVERE
    ticks = 1
    explanation = (
        "Each step changes the weights by a large part of their own size. What was learned is overrun at once."
    )
    advice = "divide the learning rate by ten"

    def evidence(self, history: History) -> Evidence | None:
        """The learning rate beside the weights that the run began with."""
        rates = {role: history.relative_rate(role) for role in history.setting.typical_weights}
        high = {f"change of a typical weight of the {role} at a step": x for role, x in rates.items() if x > self.most}
        return high or None

    def remedy(self, history: History) -> Mapping[str, float]:
        """What brings each rate that is above it to what is usual: where that is, is known."""
        rates = history.relative_rates()
        return {name: max(1 / FURTHEST, USUAL / rate) for name, rate in rates.items() if rate > USUAL}
