"""Labels that say nothing of the samples."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class ShuffledLabels(Illness):
    """Samples asked for by label are of that class no more often than by chance."""

    most: float = 2.0  # times chance
    late: float = 0.3  # share of the budget

    ticks = 1
    explanation = (
        "What a sample is has nothing to do with the label that it was asked for. The data's labels are mixed up."
    )
    advice = "look at how labels and files were brought together"

    def evidence(self, history: History) -> Evidence | None:
        """The share of samples that a classifier gives the label that they were asked for."""
        found, classes = history.scored("label_accuracy"), len(history.setting.class_shares)
        if not (history.setting.has_labels and found and classes > 2) or history.share < self.late:
            return None
        return {"label accuracy": found[-1], "chance": 1 / classes} if found[-1] < self.most / classes else None
