"""A data pipeline that keeps the device waiting."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class SlowData(Illness):
    """A large part of the time goes to waiting for the next batch."""

    most: float = 0.4  # share of the time

    ticks = 4
    explanation = "Training waits for data a large part of the time. The networks could see more in the same time."
    advice = "let more processes read (--workers 8), or let decoded pictures be kept (without --no-cache)"

    def evidence(self, history: History) -> Evidence | None:
        """The share of the time in which the next batch was waited for."""
        waiting = history.waiting
        return {"share of the time spent waiting": waiting} if waiting > self.most else None
