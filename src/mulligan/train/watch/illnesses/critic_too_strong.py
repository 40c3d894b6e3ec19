"""A critic that is far ahead."""

import math
from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class CriticTooStrong(Illness):
    """Reals and fakes are told apart without a doubt (Arjovsky & Bottou 2017, theorem 2.4), and nothing gets better.

    A young generator is often far behind and catches up, so scores decide where there are some; the bound is higher
    where there are none.
    """

    least_accuracy: float = 0.995
    least_separation: float = 6.0  # distance of the mean scores in their deviations
    least_separation_unscored: float = 12.0
    progress: float = 0.03  # by how much the distance to the data falls over some scores while all is well

    ticks = 4
    explanation = (
        "The critic tells every fake from every real by a wide margin. "
        "The generator then hardly sees in which direction its samples would get better."
    )
    advice = "lower --set critic_learning_rate, give it fewer turns (--set game.critic_turns=1), or raise the penalties"

    def evidence(self, history: History) -> Evidence | None:
        """Accuracy on held-out reals, and the margin."""
        accuracy, separation = history.signal("critic/accuracy"), history.signal("critic/separation")
        progress = history.progress("frechet")
        least = self.least_separation_unscored if math.isnan(progress) else self.least_separation
        if not (accuracy >= self.least_accuracy and separation > least) or progress >= self.progress:
            return None
        return {"accuracy": accuracy, "separation": separation}
