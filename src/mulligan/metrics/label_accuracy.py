"""How often a classifier finds the class that the generator was asked for (the "GAN-test" of Shmelkov et al. 2018).

Needs labels and probabilities; higher is better, up to what the classifier gets on real samples. The classes of the
labels must be those of the classifier: what real samples get shows it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features, given


def hits(side: Features) -> np.ndarray:
    """For each sample, whether its likeliest class is its label."""
    return given(side.probabilities, "probabilities").argmax(1) == given(side.labels, "labels")


@dataclass(frozen=True)
class LabelAccuracy:
    """The share of right fakes, with that of right reals and of right fakes per class beside it."""

    needs: ClassVar[frozenset[str]] = frozenset({"probabilities", "labels"})
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"label_accuracy": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        right, labels = hits(fake), given(fake.labels, "labels")
        by_class = {str(int(c)): float(right[labels == c].mean()) for c in np.unique(labels)}
        details = {"of the real samples": float(hits(real).mean()), "by class": by_class}
        return [Estimate("label_accuracy", *wilson(right), {"interval": "Wilson"}, details)]
