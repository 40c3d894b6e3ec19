"""What every objective and penalty is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan.critique import Critique
from mulligan.errors import RecipeError

Tensor = Any
Terms = dict[str, Tensor]


def _undeclared(points: Tensor) -> Tensor:
    raise RecipeError(
        "the critic's slope at other points was not announced; declare input_gradients = frozenset({'other'})"
    )


@dataclass
class Play:
    """What the moving player sees in its turn.

    ``real`` and ``fake`` are critiques of the samples of the same names; the gradients are those of the summed score
    with respect to the samples before augmentation, present where an objective declares them. ``critic`` scores other
    points with the same labels and view, ``critic_gradient`` gives the input gradient there. ``mix`` is one uniform
    number per sample.
    """

    fake: Critique
    fake_samples: Tensor
    real: Any = None
    real_samples: Tensor = None
    real_gradient: Tensor = None
    fake_gradient: Tensor = None
    critic: Callable[[Tensor], Critique] | None = None
    critic_gradient: Callable[[Tensor], Tensor] = _undeclared
    mix: Tensor = None


class Objective:
    """Named terms for each player, per sample or scalar; no backward, no logging, no device.

    ``input_gradients`` names the samples at which the critic's input gradient is asked for: "real", "fake", or "other"
    for points of its own choice. ``generator_sees`` names those whose critique the generator's terms read.
    ``needs_penalty``: its critic grows without bound where nothing holds its slope.
    """

    input_gradients: ClassVar[frozenset[str]] = frozenset()
    generator_sees: ClassVar[frozenset[str]] = frozenset({"fake"})
    needs_penalty: ClassVar[bool] = False
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
    weight: Any  # a number of 0 or more, or a schedule

    def steepness(self) -> float | None:
        """The slope that it holds the critic to, 0 for as flat as can be; None where it is about something else."""
        return None


def check_smoothing(label_smoothing: float) -> None:
    """Raise RecipeError unless one-sided label smoothing is in [0, 0.5)."""
    if not 0 <= label_smoothing < 0.5:
        raise RecipeError(f"label_smoothing is {label_smoothing}; expected a number from 0 to below 0.5, such as 0.1")
