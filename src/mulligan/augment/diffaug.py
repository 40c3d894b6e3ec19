"""Differentiable augmentation (Zhao et al. 2020): color, translation, cutout, on whatever the critic sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mulligan.errors import RecipeError, nearest
from mulligan.twins import build

# How many uniform numbers a sample needs for each: one for the gate, the others for the amounts.
UNIFORMS = {"color": 4, "translation": 3, "cutout": 3}
REACH = 1 / 8  # of a translation, as a share of each side
HOLE = 1 / 2  # of a cutout, as a share of each side


def uniforms_for(name: str, samples: Any, batch: Mapping[str, Any]) -> Any:
    """The batch's random numbers [n, k] for n samples that go by ``name``; RecipeError where it has no such."""
    found = batch.get(f"augment/{name}")
    if found is None or found.shape[0] != samples.shape[0]:
        has = "has none by that name" if found is None else f"has {found.shape[0]}"
        raise RecipeError(
            f"the critic was shown {samples.shape[0]} samples of '{name}' to augment, and the batch {has}; "
            "expected all samples of a batch, as often as you like; or type --set augment=none"
        )
    return found


@dataclass(frozen=True)
class DiffAugment:
    """Each operation of ``policy``, in this order, befalls a sample with the probability that is given at the call."""

    policy: tuple[str, ...] = ("color", "translation", "cutout")

    def __post_init__(self) -> None:
        object.__setattr__(self, "policy", tuple(self.policy))
        for name in self.policy:
            if name not in UNIFORMS:
                choices = ", ".join(UNIFORMS)
                raise RecipeError(f"DiffAugment knows {choices} and not '{name}'.{nearest(name, UNIFORMS)}")

    @property
    def uniforms(self) -> int:
        """How many numbers from [0, 1) each sample needs."""
        return sum(UNIFORMS[name] for name in self.policy)

    def build(self, framework: str) -> Any:
        """``apply(images [n, c, h, w], uniforms [n, self.uniforms], probability) -> images`` in a framework."""
        return build(self, framework, instead="type --set augment=none to go without")
