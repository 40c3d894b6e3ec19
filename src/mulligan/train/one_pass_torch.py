"""One pass of a generator for two turns, where the second takes the latents of the first over."""

from collections.abc import Callable
from typing import Any

from torch import Tensor


class OnePass:
    """What a network said in the one turn is what it says in the next, with the graph that leads back to its weights.

    The turns must ask for the same, in the same order, and the network must not move between them.
    """

    def __init__(self, network: Callable) -> None:
        self.network = network
        self.said: list[Tensor] = []

    def say(self, *inputs: Any, **others: Any) -> Tensor:
        """The network's answer, which is kept; what is given is a copy, which leads nowhere and may be worked on."""
        self.said.append(self.network(*inputs, **others))
        return self.said[-1].detach().clone()

    def say_again(self, *inputs: Any, **others: Any) -> Tensor:
        """What was said; the network is asked where nothing is left of that."""
        return self.said.pop(0) if self.said else self.network(*inputs, **others)
