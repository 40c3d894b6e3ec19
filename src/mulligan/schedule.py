"""Numbers that change during training, as functions of the images seen."""

import math
from dataclasses import dataclass, replace
from typing import Any

from mulligan.errors import RecipeError


@dataclass(frozen=True)
class Schedule:
    """From ``start`` to ``end`` over ``images`` images, constant after them.

    ``share`` gives the length as a share of the run's budget instead; it is turned into ``images`` once, when the run starts.
    """

    start: float
    end: float
    images: int | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if (self.images is None) == (self.share is None):
            raise RecipeError("a schedule needs its length either in images or as a share of the budget, and not both")
        if (self.images or 0) < 0 or not 0 <= (self.share or 0) <= 1:
            raise RecipeError(f"a schedule's length must be images >= 0 or a share from 0 to 1, not {self.images or self.share}")

    def resolve(self, budget_images: int) -> "Schedule":
        """The same schedule with its length in images."""
        if self.share is None:
            return self
        return replace(self, images=round(self.share * budget_images), share=None)

    def at(self, images: int) -> float:
        """The number after ``images`` images."""
        if not self.images:
            return self.end
        return self.start + (self.end - self.start) * self._progress(min(images / self.images, 1.0))

    def _progress(self, share: float) -> float:
        raise NotImplementedError


@dataclass(frozen=True)
class Linear(Schedule):
    """A straight line from ``start`` to ``end``."""

    def _progress(self, share: float) -> float:
        return share


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine wave from ``start`` to ``end``: flat at both ends."""

    def _progress(self, share: float) -> float:
        return (1 - math.cos(math.pi * share)) / 2


Number = float | Schedule


def value_at(number: Any, images: int) -> float:
    """The value of a number or a schedule after ``images`` images."""
    return number.at(images) if isinstance(number, Schedule) else float(number)
