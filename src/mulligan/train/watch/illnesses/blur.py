"""Samples without fine detail."""

from dataclasses import dataclass

from mulligan.train.watch._finding import NOTE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class Blur(Illness):
    """Far less power in fine detail than in the data, late in a run whose samples are as diverse as the data."""

    most: float = 0.15
    late: float = 0.5  # share of the budget
    least_diversity: float = 0.5

    severity = NOTE
    ticks = 4
    explanation = (
        "The samples lack the fine detail of the data. The run is young, or its networks are too small for it."
    )
    advice = "train for longer, or make the networks wider"

    def evidence(self, history: History) -> Evidence | None:
        """Power in fine detail beside the data's."""
        fine, diversity = history.signal("samples/fine_detail"), history.signal("samples/diversity")
        blurred = fine < self.most and diversity > self.least_diversity and history.share > self.late
        return {"power of fine detail": fine} if blurred else None
