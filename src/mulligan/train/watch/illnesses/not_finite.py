"""Numbers that are not finite."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Illness


@dataclass(frozen=True)
class NotFinite(Illness):
    """No rule: the step itself stops before such a number reaches a weight, and the run hands it to `finding`."""

    severity = SEVERE
    may_pass = True
    explanation = "A number left what a computer can hold. Most often the learning rate is too high for the networks."
    advice = "lower the learning rate, for instance --set learning_rate=1e-4, or bound gradients: --set gradient_clip=1"

    def evidence(self, history: History) -> None:
        """Nothing at a tick: a run with such numbers does not reach its next one."""
        return

    def remedy(self, history: History) -> Mapping[str, float]:
        """Slower."""
        return {"learning_rate": 0.5, "critic_learning_rate": 0.5}
