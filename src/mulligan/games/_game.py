"""What the loop and the step need to know of any game."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

Tensor = Any


@dataclass(frozen=True)
class Turn:
    """One move: the network that learns, and whether samples and latents are new ones, or those of the turn before.

    Where its latents are not, its generator's answers are those of the turn before, which a step need not compute anew;
    no gradient then leads from the turn before to the generator.
    """

    player: str
    fresh_batch: bool = True
    fresh_latents: bool = True


class Outcome(NamedTuple):
    """What a turn gives: scalar terms to minimize, already weighted, and estimates that are only logged."""

    terms: dict[str, Tensor]
    estimates: dict[str, Tensor]


# Shows samples to a critic: (samples, the name they go by, the batch) -> what the critic sees.
View = Callable[[Tensor, str, Mapping[str, Tensor]], Tensor]


class Draws(Protocol):
    """Counter-based random numbers: pure functions of the stream and of the sample's place in the run."""

    def normal(self, stream: str, start: int, count: int, shape: tuple[int, ...]) -> Any: ...

    def uniform(self, stream: str, start: int, count: int, shape: tuple[int, ...]) -> Any: ...


class Game(Protocol):
    """A game names its networks, its turns, its product and who judges that, draws what a turn needs, and plays it."""

    networks: ClassVar[tuple[str, ...]]
    product: ClassVar[str]
    judge: ClassVar[str]
    samples: ClassVar[tuple[str, ...]]

    @property
    def turns(self) -> tuple[Turn, ...]: ...

    def differentiates(self, role: str) -> bool:
        """Whether a turn asks for the gradient of this network's answer by its input, and goes backwards through it."""
        ...

    def draw(self, turn: Turn, draws: Draws, start: int, count: int, latent: int) -> dict[str, Any]: ...

    def play(
        self,
        turn: Turn,
        networks: Mapping[str, Any],
        batch: Mapping[str, Tensor],
        numbers: Mapping[str, Any],
        view: View,
    ) -> Outcome: ...

    def after_update(self, turn: Turn, networks: Mapping[str, Any]) -> None: ...
