"""Augmentation that follows how much the critic over-fits (adaptive augmentation, Karras et al. 2020, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mulligan.recipe import Recipe
from mulligan.schedule import Adaptive


@dataclass
class Steering:
    """The strength that was steered to; part of the state that a checkpoint keeps. None where nothing is steered."""

    strength: float | None = None

    @classmethod
    def of(cls, recipe: Recipe, state: Mapping[str, Any]) -> "Steering":
        """That of a checkpoint, or of a run at its beginning."""
        schedule = recipe.augment_probability
        return cls(**state) if state else cls(schedule.start if isinstance(schedule, Adaptive) else None)

    def numbers(self) -> dict[str, float]:
        """What stands in for the recipe's numbers."""
        return {} if self.strength is None else {"augment_probability": self.strength}

    def after(self, recipe: Recipe, signals: Mapping[str, float]) -> None:
        """Move by what a tick measured; by as much whether or not the run was resumed since the tick before."""
        schedule = recipe.augment_probability
        if self.strength is not None and isinstance(schedule, Adaptive):
            self.strength = schedule.steered(self.strength, overfitting(signals), recipe.tick_images or 0)


def overfitting(signals: Mapping[str, float]) -> float:
    """r_v where reals are held out; else how far training reals and fakes are ranked apart, from 0 to 1.

    The latter stands in for r_t, the share of reals with a positive score: scores of relativistic critics have no zero.
    """
    if "critic/overfitting" in signals:
        return signals["critic/overfitting"]
    return 2 * signals.get("critic/accuracy", 0.5) - 1
