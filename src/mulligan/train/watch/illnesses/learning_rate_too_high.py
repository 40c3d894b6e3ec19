"""Steps that are too large for the weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness

USUAL = 0.02


@dataclass(frozen=True)
class LearningRateTooHigh(Illness):
    """One step changes a typical weight by a large part of its size."""

    most: float = 0.15

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
        """What would bring the higher rate to what is usual, by a factor of ten at most."""
        rates = [history.relative_rate(role) for role in history.setting.typical_weights]
        factor = max(0.1, USUAL / max(rates))
        return {"learning_rate": factor, "critic_learning_rate": factor}
