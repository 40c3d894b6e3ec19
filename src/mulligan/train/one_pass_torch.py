"""One pass of a generator for two turns, where the second takes the latents of the first over."""

from collections.abc import Callable
from typing import Any


class OnePass:
    """What a network said in the one turn is what it says in the next, with the graph that leads back to its weights.

    The turns must ask for the same, in the same order, and the network must not move between them.
    """

    def __init__(self, network: Callable) -> None:
        self.network = network
        self.said: list[Any] = []

    def say(self, *inputs: Any, **others: Any) -> Any:
        """The network's answer, which is kept."""
        self.said.append(self.network(*inputs, **others))
        return self.said[-1]

    def say_again(self, *inputs: Any, **others: Any) -> Any:
        """What was said; the network is asked where nothing is left of that."""
        return self.said.pop(0) if self.said else self.network(*inputs, **others)
