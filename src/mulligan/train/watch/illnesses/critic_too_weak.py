"""A critic that lags behind."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class CriticTooWeak(Illness):
    """Fakes are ranked above reals over several ticks: the generator leads and the critic does not follow."""

    most_accuracy: float = 0.3

    ticks = 3
    explanation = (
        "The critic holds the fakes for more real than the reals. "
        "The generator follows answers that are out of date, and its samples drift away from the data."
    )
    advice = "raise --set critic_learning_rate, lower the penalties, or give the critic more turns"

    def evidence(self, history: History) -> Evidence | None:
        """The share of pairs that are ranked right, where chance would be a half."""
        accuracy = history.signal("critic/accuracy")
        return {"accuracy": accuracy} if accuracy < self.most_accuracy and history.samples_are_off else None
