"""Classification accuracy score: a classifier that only saw samples names real pictures (Ravuri & Vinyals 2019).

Needs pictures and labels on both sides, and held-out ones; higher is better. It trains two classifiers, so it has to be
asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features, given
from mulligan.metrics.extractors.trained import Training
from mulligan.twins import choose, twin


@dataclass(frozen=True)
class ClassificationAccuracy:
    """The share of held-out pictures that are named right, and beside it what as many real pictures teach.

    All is done on the pictures that were kept beside the features.
    """

    training: Training = field(default_factory=Training)
    framework: str | None = None  # one that is installed
    needs: ClassVar[frozenset[str]] = frozenset({"raw", "labels", "held_out", "time"})
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"classification_accuracy": "higher"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        named = ((real, "real"), (fake, "fake"), (given(real.held_out, "held_out"), "held-out"))
        sides = [_labelled(side, name) for side, name in named]
        (real_raw, real_labels), (raw, labels), test = sides
        count, framework = min(len(raw), len(real_raw)), choose(self.framework)
        hits = self._hits(raw[:count], labels[:count], test, framework)
        of_real = self._hits(real_raw[:count], real_labels[:count], test, framework)
        how = {
            "interval": "Wilson over held-out pictures, for the one training",
            "classifier": f"trained on {count}, {framework} on the CPU, {self.training}",
            "held_out": len(test[1]),
        }
        details = {"of real samples": list(wilson(of_real)), "by class": _by_class(hits, test[1])}
        return [Estimate("classification_accuracy", *wilson(hits), how, details)]

    def _hits(
        self, raw: np.ndarray, labels: np.ndarray, test: tuple[np.ndarray, np.ndarray], framework: str
    ) -> np.ndarray:
        """For each held-out picture, whether the classifier that ``raw`` taught finds its class."""

        def lesson(most: int) -> Iterable[tuple[np.ndarray, np.ndarray]]:
            return [(raw[:most], labels[:most])]

        module: Any = twin("mulligan.metrics.extractors.trained", framework)
        found = module.open_twin(lesson, "cpu", self.training, keep=False)(test[0]).probabilities
        return found.argmax(1) == test[1]


def _labelled(side: Features, name: str) -> tuple[np.ndarray, np.ndarray]:
    if side.raw is None or side.labels is None:
        raise DataError(f"ClassificationAccuracy needs {name} pictures with their labels; take data that has labels")
    return side.raw, side.labels[: len(side.raw)]


def _by_class(hits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {str(int(label)): float(hits[labels == label].mean()) for label in np.unique(labels)}
