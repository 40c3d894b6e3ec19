"""Speeds of two that take turns, so that whatever else the machine does is against both of them."""

from collections.abc import Callable, Sequence
from math import comb
from statistics import median
from typing import NamedTuple


class Middle(NamedTuple):
    """A median with a 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Middle":
        """The median, and the interval of its order statistics; all of fewer than six values."""
        ordered, cut = sorted(values), _cut(len(values))
        return cls(median(ordered), ordered[cut], ordered[len(ordered) - 1 - cut])


class Pair(NamedTuple):
    """The seconds that a window of steps took in each of the two."""

    first: float
    second: float


def take(count: int, play: tuple[Callable[[], float], Callable[[], float]]) -> list[Pair]:
    """So many pairs of windows; ``play`` plays one window and returns its seconds."""
    return [Pair(play[0](), play[1]()) for _ in range(count)]


def speeds(pairs: Sequence[Pair], images: int) -> tuple[Middle, Middle, Middle]:
    """Images per second of both where a window has so many images, and the second's speed over the first's."""
    first = Middle.of([images / pair.first for pair in pairs])
    second = Middle.of([images / pair.second for pair in pairs])
    return first, second, Middle.of([pair.first / pair.second for pair in pairs])


def _cut(count: int) -> int:
    """How many values may be left out at either end, so that the rest holds the median in 95 of 100 cases."""
    cut, outside = 0, 0.0
    while (outside := outside + comb(count, cut) / 2**count) <= 0.025:
        cut += 1
    return max(0, cut - 1)
