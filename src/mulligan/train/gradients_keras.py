"""The size of a player's gradient: bounded where the recipe says so."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

Tensor = Any


def bounded(gradients: Sequence[Tensor], most: float | None = None) -> tuple[Tensor, list[Tensor]]:
    """Euclidean norm over all gradients, and those; scaled to the norm ``most`` where they are larger."""
    norm = tf.linalg.global_norm(gradients)
    if most is None:
        return norm, list(gradients)
    share = tf.minimum(most / (norm + 1e-6), 1.0)  # as torch has it
    return norm, [share * gradient for gradient in gradients]
