"""Outputs at the ends of what pictures can be."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class SaturatedOutputs(Illness):
    """Nearly every pixel is black or white where the data's are not: tanh is flat there and passes no gradient."""

    most: float = 0.75  # of the pixels that are neither in the data

    ticks = 3
    explanation = "Nearly all pixels of the samples are fully black or white. There the generator's last layer is flat."
    advice = "lower the learning rate, and begin with smaller weights in the last layer"

    def evidence(self, history: History) -> Evidence | None:
        """The share of saturated pixels beyond the data's."""
        saturated = history.signal("samples/saturated")
        return {"share of saturated pixels, beyond the data's": saturated} if saturated > self.most else None
