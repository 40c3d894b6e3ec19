"""A generator most of which is dead."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class DeadGenerator(Illness):
    """Most weights get a gradient of exactly zero, as behind rectifiers that are off or weights that are all zero."""

    most_idle: float = 0.7

    ticks = 3
    explanation = (
        "Most of the generator receives no gradient at all. Its first weights were zero, or its units are off."
    )
    advice = "look at how its weights are initialized, and use leaky rectifiers"

    def evidence(self, history: History) -> Evidence | None:
        """The share of weights without an update, where some still have one."""
        idle = history.signal("generator/idle")
        return {"share of weights without an update": idle} if self.most_idle < idle < 1.0 else None
