"""Complete mode collapse."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class Collapse(Illness):
    """All samples are alike, whatever the latent is (Goodfellow 2016, section 5.1.1)."""

    least_diversity: float = 0.05  # mean distance of two samples beside that of two reals
    most_repeats: float = 0.9  # share of samples with a twin, where they are also less diverse than this:
    repeated_diversity: float = 0.2

    severity = SEVERE
    may_pass = True
    explanation = (
        "The generator makes the same sample from every latent. It no longer learns from the critic's answers."
    )

    def evidence(self, history: History) -> Evidence | None:
        """Distances of samples beside those of reals."""
        diversity, repeats = history.signal("samples/diversity"), history.signal("samples/repeats")
        repeated = repeats > self.most_repeats and diversity < self.repeated_diversity
        if not history.has_begun or not (diversity < self.least_diversity or repeated):
            return None
        found = {"diversity beside the data's": diversity, "share of samples with a twin": repeats}
        return {name: value for name, value in found.items() if math.isfinite(value)}  # few data tells no repeats

    def advice_for(self, history: History) -> str:
        """A lower rate, or more of the penalties that the run has."""
        return f"lower the learning rate, or {history.heavier(3)}"

    def remedy(self, history: History) -> Mapping[str, float]:
        """Slower, and smoother where something smooths."""
        return {"learning_rate": 0.5, "critic_learning_rate": 0.5} | dict.fromkeys(history.setting.penalties, 1.5)
