"""The opponent of the player whose turn it is: in use, and not moved by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from mulligan.networks._batch_norm_keras import BatchNorm
from mulligan.networks._spectral_norm_keras import Spectral


@contextmanager
def frozen(network: keras.Model) -> Iterator[None]:
    """Keep batch-norm statistics and spectral-norm vectors of ``network`` as they are, for the duration.

    Batch norm in training goes on to use the statistics of the batch, dropout goes on to drop. Weights stay where no
    gradient is taken by them. Mulligan's own layers read a flag, inside ``tf.function`` while it is traced; those of
    others get their state back at the end.
    """
    layers = [layer for layer in network._flatten_layers() if isinstance(layer, BatchNorm | Spectral)]
    flags = [layer.frozen for layer in layers]
    kept = [(variable, tf.identity(variable)) for variable in _moved_by_others(network, layers)]
    try:
        for layer in layers:
            layer.frozen = True
        yield
    finally:
        for layer, flag in zip(layers, flags, strict=True):
            layer.frozen = flag
        for variable, value in kept:
            variable.assign(value)


def _moved_by_others(network: keras.Model, own: list[keras.Layer]) -> list[Any]:
    """What layers without a flag may move in a forward pass, the seeds of dropout aside."""
    flagged = {id(weight) for layer in own for weight in layer.weights}
    found = [weight for weight in network.non_trainable_weights if id(weight) not in flagged]
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.SpectralNormalization):  # writes its kernel too
            found.extend(layer.trainable_weights)
    return found
