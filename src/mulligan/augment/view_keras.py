"""What a critic is shown of a sample in TensorFlow: augmented, and with instance noise."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from mulligan.augment import diffaug

Tensor = Any


class View:
    """(samples, the name they go by, the batch) -> what the critic sees; both steps are differentiable twice.

    The numbers are not known when TensorFlow traces this, so ``noisy`` says whether there may ever be instance noise.
    """

    def __init__(self, augment: Callable[[Tensor, Tensor, Tensor], Tensor] | None, noisy: bool = True) -> None:
        self.augment = augment
        self._noise = tf.random.Generator.from_seed(0) if noisy else None

    def __call__(
        self, samples: Tensor, name: str, batch: Mapping[str, Tensor], *, numbers: Mapping[str, Tensor]
    ) -> Tensor:
        if self.augment is not None:
            probability = numbers["augment_probability"]
            augmented = self.augment(samples, diffaug.uniforms_for(name, samples, batch), probability)
            # Amounts that change nothing still round, and a probability of 0 is to leave every bit as it is.
            samples = tf.where(probability > 0, augmented, samples)
        if self._noise is not None:
            samples = samples + numbers["instance_noise"] * self._noise.normal(tf.shape(samples), dtype=samples.dtype)
        return samples

    def reseed(self, seed: Tensor) -> None:
        """Begin the noise anew; an int64 tensor inside of a function."""
        if self._noise is not None:
            self._noise.reset_from_seed(seed)
