"""Speeds of two that take turns, so that whatever else the machine does is against both of them."""

from collections.abc import Sequence
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


class Window(NamedTuple):
    """The seconds that some steps took, and those that the CPU computed for them."""

    seconds: float
    cpu_seconds: float


Pair = tuple[Window, Window]  # neighbours in time, one of each


def speeds(pairs: Sequence[Sequence[float]], images: int) -> tuple[Middle, Middle, Middle]:
    """Images per second of both, from the seconds of windows of so many images, and the second's over the first's."""
    first, second = (Middle.of([images / pair[place] for pair in pairs]) for place in (0, 1))
    return first, second, Middle.of([pair[0] / pair[1] for pair in pairs])


def _cut(count: int) -> int:
    """How many values may be left out at either end, so that the rest holds the median in 95 of 100 cases."""
    cut, outside = 0, 0.0
    while (outside := outside + comb(count, cut) / 2**count) <= 0.025:
        cut += 1
    return max(0, cut - 1)
