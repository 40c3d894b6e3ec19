"""Feature matching: |E f(x) - E f(G(z))|^2 over the critic's features f (Salimans et al. 2016, sec. 3.1)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan import ops
from mulligan.errors import RecipeError
from mulligan.objectives._objective import Penalty, Play, Terms


@dataclass(frozen=True)
class FeatureMatching(Penalty):
    """Mean over the critic's feature layers of the mean squared gap between batch means."""

    weight: Any = 1.0
    name: ClassVar[str] = "feature_matching"
    generator_sees: ClassVar[frozenset[str]] = frozenset({"real", "fake"})

    def generator_terms(self, play: Play) -> Terms:
        layers = list(zip(play.real.features, play.fake.features, strict=True))
        if not layers:
            raise RecipeError(
                "feature matching needs the critic's features; let it return Critique(score, features=(...))"
            )
        gaps = [ops.mean((ops.mean_of_batch(real) - ops.mean_of_batch(fake)) ** 2) for real, fake in layers]
        return {"feature_matching": sum(gaps) / len(gaps)}
