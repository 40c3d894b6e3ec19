"""Data that is too little to learn from."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class FewData(Illness):
    """So few samples, seen so often, that the networks can only learn them by heart."""

    fewest: int = 100
    most_passes: float = 50.0

    ticks = 1
    explanation = "The data is a handful of samples, seen over and over. What comes out will be copies of them."
    advice = "bring more data, or start from a trained model: --init MODEL"

    def evidence(self, history: History) -> Evidence | None:
        """The count, and how often each was seen."""
        count = history.setting.samples
        passes = history.images / count if count else 0.0
        if not 0 < count < self.fewest or passes < self.most_passes:
            return None
        return {"samples": float(count), "passes over them": passes}
