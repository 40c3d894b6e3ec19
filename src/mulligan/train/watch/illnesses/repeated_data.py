"""Data that says the same again and again."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class RepeatedData(Illness):
    """Most of a handful of reals are exact copies of another one of them: there is next to nothing to learn from."""

    most: float = 0.5

    ticks = 1
    explanation = "Most training samples are exact copies of others. The networks can learn only what differs."
    advice = "look at how the data was gathered, and leave copies out"

    def evidence(self, history: History) -> Evidence | None:
        """The share of copies among a handful of reals."""
        copies = history.setting.data.get("copies")
        return {"share of reals with an exact copy": copies} if copies is not None and copies > self.most else None
