"""The verbs of ``mulligan.ops``, which says what each does, in TensorFlow; eager and inside ``tf.function``."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from mulligan import replicas_keras as replicas

Tensor = Any

__all__ = [
    "clip_weights",
    "deviation",
    "mean",
    "mean_of_batch",
    "new_noise",
    "per_sample",
    "relu",
    "root",
    "seed_noise",
    "softplus",
    "stop_gradient",
    "sum_per_sample",
    "uniform_like",
    "value_and_input_grad",
]

relu, softplus, stop_gradient = tf.nn.relu, tf.nn.softplus, tf.stop_gradient

# The generator of `uniform_like`: that of the step which is being traced or taken. One of its own is made at the first
# use, and no sooner: to make it starts TensorFlow, whose threads are fixed then.
_generator: Any = None


def mean(x: Tensor) -> Tensor:
    return tf.reduce_mean(x)


def mean_of_batch(x: Tensor) -> Tensor:
    return replicas.average(tf.reduce_mean(x, axis=0))


def sum_per_sample(x: Tensor) -> Tensor:
    return tf.reduce_sum(x, axis=range(1, len(x.shape))) if len(x.shape) > 1 else x


def deviation(x: Tensor) -> Tensor:
    return tf.sqrt(replicas.average(tf.reduce_mean((x - replicas.average(tf.reduce_mean(x))) ** 2)))


def root(x: Tensor) -> Tensor:
    # The gradient of a bare root at zero is infinite, and a critic that ignores its input has a gradient of zero.
    return tf.sqrt(x + 1e-12)


def per_sample(numbers: Tensor, like: Tensor) -> Tensor:
    return tf.reshape(tf.cast(numbers, like.dtype), [-1, *[1] * (len(like.shape) - 1)])


def new_noise() -> tf.random.Generator:
    """A generator for ``seed_noise``, of the ``tf.distribute`` strategy in whose scope this is called."""
    with tf.init_scope():  # its state outlives the function that is being traced
        return tf.random.Generator.from_non_deterministic_state()


def seed_noise(seed: Tensor | int, generator: tf.random.Generator | None = None) -> None:
    """Let ``uniform_like`` begin anew, with a generator; inside ``tf.function`` the seed is an int64 tensor."""
    global _generator
    _generator = generator or _noise()
    _generator.reset_from_seed(tf.cast(seed, tf.int64))


def uniform_like(x: Tensor) -> Tensor:
    return _noise().uniform(tf.shape(x), dtype=x.dtype)


def _noise() -> tf.random.Generator:
    global _generator
    if _generator is None:
        _generator = new_noise()
    return _generator


def value_and_input_grad(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, Tensor]:
    x = tf.stop_gradient(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
        total = tf.reduce_sum(value.score)
    return value, tape.gradient(total, x)  # outside of its own tape, so that an outer one sees the gradient being made


def clip_weights(network: Any, limit: float) -> None:
    for weight in network.trainable_variables:  # layers that were frozen for good stay as they are
        weight.assign(tf.clip_by_value(weight, -limit, limit))
