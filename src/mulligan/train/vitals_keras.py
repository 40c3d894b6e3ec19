"""How the networks of a step are, looked at between two steps and without touching them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mulligan.train._look import Labelled, Look, parts

Tensor = Any
TINY = 1e-12


def look(step: Any, z: Labelled, real: Labelled, held_out: tuple[Tensor | None, Tensor | None], rows: int) -> Look:
    """Show reals, held-out reals and the fakes of ``z`` to the critic, so many rows at once.

    Statistics of batch norm, vectors of spectral norm and the random numbers of training stay as they were.
    """
    generator, critic = step.players[step.game.product], step.players[step.game.judge]
    with ExitStack() as kept:
        for network in step.networks.values():
            kept.enter_context(step.frozen(network))
            kept.enter_context(_buffers_kept(network))
        fake = tf.concat([generator(latent, label=label) for latent, label in parts(z, rows)], axis=0)
        fake_score = tf.concat([_scores(critic, *part) for part in parts((fake, z[1]), rows)], axis=0)
        held = None
        if held_out[0] is not None:
            held = tf.concat([_scores(critic, *part) for part in parts((held_out[0], held_out[1]), rows)], axis=0)
        scores, slopes = zip(*(_slopes(critic, *part) for part in parts(real, rows)), strict=True)
    seen = None if held is None else _numpy(held)
    return Look(_numpy(tf.concat(scores, 0)), _numpy(fake_score), seen, _numpy(tf.concat(slopes, 0)), _numpy(fake))


@contextmanager
def _buffers_kept(network: keras.Model) -> Iterator[None]:
    """Give the buffers their values back: networks of a user's own may count or average in them."""
    before = [variable.numpy() for variable in network.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in zip(network.non_trainable_variables, before, strict=True):
            variable.assign(value)


def _slopes(critic: Any, samples: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """Scores of samples, and the norms of their gradients there."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(samples)
        score = _scores(critic, samples, label)
        total = tf.reduce_sum(score)
    gradient = tape.gradient(total, samples)
    return score, tf.norm(tf.reshape(gradient, [len(gradient), -1]), axis=1)


def norms(step: Any) -> dict[str, float]:
    """Of each network: how large its weights are, how large the last update was beside them, and the average's lag."""
    found = {}
    for role, weights in step.weights.items():
        size = float(tf.linalg.global_norm([weight.value for weight in weights])) + TINY
        moving = sum(int(np.prod(weight.shape)) for weight in weights if weight.trainable)
        squares, moved = 0.0, 0
        for update in _updates(step, role):
            squares, moved = squares + float(np.square(update).sum()), moved + int(np.count_nonzero(update))
        found[f"{role}/weight_norm"] = size
        found[f"{role}/update_ratio"] = squares**0.5 / size
        found[f"{role}/idle"] = 1 - moved / moving if moving else 0.0
    pairs = zip(step.ema.network.trainable_variables, step.weights[step.game.product], strict=True)
    lag = sum(float(np.square(average.numpy() - weight.numpy()).sum()) for average, weight in pairs)
    return found | {"ema/distance": lag**0.5 / found[f"{step.game.product}/weight_norm"]}


def _updates(step: Any, role: str) -> Iterator[np.ndarray]:
    """What the last step added to each weight, as far as the optimizer's state tells."""
    optimizer = step.optimizers[role]
    if step.numbers and int(optimizer.iterations):
        for weight in (weight for weight in step.weights[role] if weight.trainable):
            direction = optimizer.direction(weight, step.numbers["beta2"])
            yield float(optimizer.learning_rate) * direction.numpy()


def typical_weights(step: Any) -> dict[str, float]:
    """The median size of a network's weights, biases and gains left aside: what one step's change is held against."""
    found = {}
    for role, weights in step.weights.items():
        sizes = [np.abs(weight.numpy()).ravel() for weight in weights if len(weight.shape) > 1]
        found[role] = float(np.quantile(np.concatenate(sizes), 0.5, method="lower")) if sizes else 0.0
    return found


def _scores(critic: Any, samples: Tensor, label: Tensor | None) -> Tensor:
    """One score to a sample: the mean where the critic gives a map of them."""
    judgement = critic(samples, label=label)
    score = tf.cast(judgement.score if hasattr(judgement, "score") else judgement, tf.float32)
    return tf.reduce_mean(tf.reshape(score, [len(score), -1]), axis=1) if len(score.shape) > 1 else score


def _numpy(tensor: Tensor) -> np.ndarray:
    return tf.cast(tensor, tf.float32).numpy()
