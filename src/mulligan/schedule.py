"""Numbers that change during training, as functions of the images seen."""

import math
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from mulligan.errors import RecipeError


@dataclass(frozen=True)
class Schedule:
    """From ``start`` to ``end`` over ``images`` images, constant after them.

    ``share`` gives the length as a share of the run's budget instead; it is turned into ``images`` once, when the run
    starts, so that a larger budget later only makes the constant tail longer.
    """

    start: float
    end: float
    images: int | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if not all(is_number(value) for value in (self.start, self.end)):
            raise RecipeError(f"a schedule goes from {self.start!r} to {self.end!r}; expected two numbers")
        if (self.images is None) == (self.share is None):
            raise RecipeError("a schedule needs its length either in images or as a share of the budget, and not both")
        length, most = (self.images, math.inf) if self.share is None else (self.share, 1.0)
        if not is_number(length) or not 0 <= length <= most:
            raise RecipeError(f"a schedule's length is {length!r}; expected images, 0 or more, or a share from 0 to 1")

    def resolve(self, budget_images: int) -> "Schedule":
        """The same schedule with its length in images."""
        if self.share is None:
            return self
        return replace(self, images=round(self.share * budget_images), share=None)

    def at(self, images: int) -> float:
        """The number after ``images`` images; RecipeError where the length is a share of a budget that is not known."""
        length = self._length
        progress = min(images / length, 1.0) if length else 1.0
        return self.start + (self.end - self.start) * self._shape(progress)

    @property
    def _length(self) -> int:
        if self.images is None:
            raise RecipeError(
                f"{self!r} has its length as a share of the budget; expected images: call resolve(images), the "
                "recipe's or the schedule's, first"
            )
        return self.images

    def _shape(self, progress: float) -> float:
        raise NotImplementedError


@dataclass(frozen=True)
class Linear(Schedule):
    """A straight line from ``start`` to ``end``."""

    def _shape(self, progress: float) -> float:
        return progress


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine wave from ``start`` to ``end``: flat at both ends."""

    def _shape(self, progress: float) -> float:
        return (1 - math.cos(math.pi * progress)) / 2


@dataclass(frozen=True)
class Exponential(Schedule):
    """The same ratio for every image, from ``start`` to ``end``: as long between 1 and 0.1 as between 0.1 and 0.01."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.start > 0 and self.end > 0):
            raise RecipeError(f"an exponential schedule goes from {self.start} to {self.end}; expected both above 0")

    def _shape(self, progress: float) -> float:
        if self.start == self.end:
            return progress
        return (self.start * (self.end / self.start) ** progress - self.start) / (self.end - self.start)


@dataclass(frozen=True)
class Adaptive(Schedule):
    """Steered between ``start`` and ``end`` by how much the critic over-fits (Karras et al. 2020, section 3).

    The length is that of the way from one end to the other where every measurement points the same way. ``target`` is
    the over-fitting that is let be. As a function of the images alone it stays at ``start``.
    """

    target: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start > self.end:
            raise RecipeError(
                f"an adaptive number goes from {self.start} up to {self.end}; expected the lower one first"
            )
        if not is_number(self.target) or not 0 <= self.target <= 1:
            raise RecipeError(f"the target of an adaptive number is {self.target!r}; expected a number from 0 to 1")

    def steered(self, now: float, overfitting: float, images: int) -> float:
        """The next value, ``images`` images after ``now``."""
        way = (self.end - self.start) * images / max(self._length, 1)
        return min(max(now + (way if overfitting > self.target else -way), self.start), self.end)

    def _shape(self, progress: float) -> float:
        return 0.0


Number = float | Schedule


def value_at(number: Any, images: int) -> float:
    """The value of a number or a schedule after ``images`` images."""
    return number.at(images) if isinstance(number, Schedule) else float(number)


def ends(number: Any) -> tuple[Any, ...]:
    """All that bounds a number: itself, or both ends of a schedule."""
    return (number.start, number.end) if isinstance(number, Schedule) else (number,)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether this is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
