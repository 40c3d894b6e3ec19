"""Frechet distance class by class: whether a picture that was asked for as a 7 is drawn like the real 7s.

Needs features and labels; lower is better. Biased upwards, and more than the plain distance: a class has few samples.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features, given
from mulligan.metrics.frechet import Moments, distance_of_samples, standard_error


@dataclass(frozen=True)
class LabelFrechet:
    """The mean over the classes that have ``least`` samples on both sides; DataError where there is none.

    Of more than ``most`` classes, so many are drawn.
    """

    least: int = 20
    most: int = 100
    needs: ClassVar[frozenset[str]] = frozenset({"labels"})
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"label_frechet": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        real_labels, fake_labels = given(real.labels, "labels"), given(fake.labels, "labels")
        classes = np.union1d(real_labels, fake_labels)
        enough = [c for c in classes if min((real_labels == c).sum(), (fake_labels == c).sum()) >= self.least]
        taken = sorted(random.permutation(enough)[: self.most])
        if not taken:
            raise DataError(f"the distance by class needs {self.least} samples of a class a side; no class has so many")
        found = {int(c): _of_class(real.values[real_labels == c], fake.values[fake_labels == c]) for c in taken}
        values, errors = np.array(list(found.values())).T
        value, spread = float(values.mean()), 1.96 * float(np.sqrt(np.square(errors).sum())) / len(values)
        how = {"interval": "value +- 1.96 standard errors over fakes, delta method", "classes": len(taken)}
        details: dict[str, Any] = {"by class": {str(c): one[0] for c, one in found.items()}}
        if few := [int(c) for c in classes if c not in enough]:
            details["too few samples"] = f"classes {few}: fewer than {self.least} on a side"
        return [Estimate("label_frechet", value, max(value - spread, 0.0), value + spread, how, details)]


def _of_class(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    return distance_of_samples(real, fake), standard_error(Moments.of(real), fake)
