"""A critic that is far ahead."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class CriticTooStrong(Illness):
    """Reals and fakes are told apart without a doubt (Arjovsky & Bottou 2017, theorem 2.4)."""

    least_accuracy: float = 0.995
    least_separation: float = 6.0  # distance of the mean scores in their deviations

    ticks = 4
    explanation = (
        "The critic tells every fake from every real by a wide margin. "
        "The generator then hardly sees in which direction its samples would get better."
    )
    advice = "lower --set critic_learning_rate, give it fewer turns (--set game.critic_turns=1), or raise the penalties"

    def evidence(self, history: History) -> Evidence | None:
        """Accuracy on held-out reals, and the margin."""
        accuracy, separation = history.signal("critic/accuracy"), history.signal("critic/separation")
        if not (accuracy >= self.least_accuracy and separation > self.least_separation):
            return None
        return {"accuracy": accuracy, "separation": separation}
