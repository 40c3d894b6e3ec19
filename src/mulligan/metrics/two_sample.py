"""Accuracy of a freshly trained critic on real and generated samples that it has not seen (Lopez-Paz & Oquab 2017).

Needs features; lower is better: 0.5 is what guessing gets, the equilibrium that training is after.
"""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features
from mulligan.metrics._subset import common_count, subset


@dataclass(frozen=True)
class TwoSample:
    """A network of one hidden layer on standardized features, trained on half of at most ``limit`` samples a side."""

    hidden: int = 20
    weight_decay: float = 10.0
    iterations: int = 100
    limit: int = 5000
    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"critic_accuracy": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        count = common_count(real, fake, self.limit, 2, "the accuracy of a critic needs")
        a, b = (random.permutation(subset(side.values, count, random)) for side in (real, fake))
        half = count // 2
        critic = self._trained(np.concatenate([a[:half], b[:half]]), np.repeat([0, 1], half), random)
        truth = np.repeat([0, 1], count - half)
        right = critic.predict(np.concatenate([a[half:], b[half:]])) == truth
        about = f"{self.hidden} hidden units, trained on {half} a side, judged on {count - half}"
        by_side = {f"of the {name}": float(right[truth == side].mean()) for side, name in enumerate(("reals", "fakes"))}
        return [Estimate("critic_accuracy", *wilson(right), {"interval": "Wilson", "critic": about}, by_side)]

    def _trained(self, samples: np.ndarray, truth: np.ndarray, random: np.random.Generator) -> Any:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        critic = MLPClassifier(
            (self.hidden,), solver="lbfgs", alpha=self.weight_decay, max_iter=self.iterations,
            random_state=int(random.integers(2**31)),
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is how it is kept simple
            return make_pipeline(StandardScaler(), critic).fit(samples, truth)
