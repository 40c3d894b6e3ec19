"""The processes that train one model together, and the one process that needs no other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

Word = TypeVar("Word")


class Alone:
    """One process: every row is its own, and its word is everybody's.

    Groups of several have the same methods, which all processes must call in the same order. Words are what JSON can
    say.
    """

    rank: int = 0
    size: int = 1
    place: Any = None  # of one of several on its machine

    @property
    def leads(self) -> bool:
        """Whether this process writes the files, shows the progress and decides."""
        return self.rank == 0

    def use(self, device: Any) -> None:
        """Say, in every process, on which device the gradients are."""

    def average(self, network: Any, scalars: dict[str, Any]) -> dict[str, Any]:
        """Make the gradients of a network, its running statistics and the scalars the means over the processes."""
        return scalars

    @contextmanager
    def together(self) -> Iterator[None]:
        """While all processes compute the same: what is taken over a batch is taken over the rows of all."""
        yield

    def mean(self, x: Any) -> Any:
        """The mean of a tensor over the processes where they compute together; gradients flow through it, twice too."""
        return x

    def agree(self, word: Word) -> Word:
        """The leader's word."""
        return word

    def first(self, word: Word | None) -> Word | None:
        """The first word that is not None, in the order of ranks."""
        return word

    def spread(self, arrays: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """The leader's named arrays, for the others; nothing for the leader, who has them."""
        return {}
