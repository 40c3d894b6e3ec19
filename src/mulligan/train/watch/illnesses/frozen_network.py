"""A network that does not learn."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class FrozenNetwork(Illness):
    """Not one weight of a network moves."""

    explanation = "One of the networks stays exactly as it was. Its learning rate is zero, or no gradient reaches it."
    advice = "look at learning_rate and critic_learning_rate, and at --freeze-layers"

    def evidence(self, history: History) -> Evidence | None:
        """The share of weights without an update, where it is all of them."""
        for role in history.setting.typical_weights:
            if history.signal(f"{role}/idle") >= 1.0:
                return {f"share of the {role}'s weights without an update": 1.0}
        return None
