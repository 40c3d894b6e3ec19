"""What every objective and penalty is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan.critique import Critique
from mulligan.errors import RecipeError

Tensor = Any
Terms = dict[str, Tensor]


@dataclass
class Play:
    """What the moving player sees in its turn.

    ``real`` and ``fake`` are critiques of the samples of the same names; the gradients are those of the summed score with
    respect to the samples before augmentation, present where an objective declares them. ``critic`` scores other points
    with the same labels and view, ``critic_gradient`` gives the input gradient there. ``mix`` is one uniform number per
    sample.
    """

    fake: Critique
    fake_samples: Tensor
    real: Any = None
    real_samples: Tensor = None
    real_gradient: Tensor = None
    fake_gradient: Tensor = None
    critic: Callable[[Tensor], Critique] | None = None
    critic_gradient: Callable[[Tensor], Tensor] | None = None
    mix: Tensor = None


class Objective:
    """Named terms for each player, per sample or scalar; no backward, no logging, no device.

    ``input_gradients`` names the samples ("real", "fake") at which the critic's input gradient is asked for;
    ``generator_sees`` those whose critique the generator's terms read.
    """

    input_gradients: ClassVar[frozenset[str]] = frozenset()
    generator_sees: ClassVar[frozenset[str]] = frozenset({"fake"})
    weight_clip: float | None = None

    def critic_terms(self, play: Play) -> Terms:
        """What the critic minimizes."""
        return {}

    def generator_terms(self, play: Play) -> Terms:
        """What the generator minimizes."""
        return {}

    def estimates(self, play: Play) -> Terms:
        """Quantities that the critic's turn estimates and that are logged, not minimized."""
        return {}


class Penalty(Objective):
    """An objective that is added to another one with a weight; ``name`` is its term in the log and in ``--set``."""

    name: ClassVar[str]
    weight: Any

    def __post_init__(self) -> None:
        if isinstance(self.weight, int | float) and self.weight < 0:
            raise RecipeError(f"the weight of {self.name} is {self.weight}; expected a number >= 0")


def check_smoothing(label_smoothing: float) -> None:
    """Raise RecipeError unless one-sided label smoothing is in [0, 0.5)."""
    if not 0 <= label_smoothing < 0.5:
        raise RecipeError(f"label_smoothing is {label_smoothing}; expected a number from 0 to below 0.5, for instance 0.1")
