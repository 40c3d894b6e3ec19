"""Batch-norm statistics of averaged weights."""

from collections.abc import Iterable
from typing import Any

import keras

from mulligan.networks._batch_norm_keras import BatchNorm


def recalibrate(network: keras.Model, batches: Iterable[tuple[Any, ...]]) -> None:
    """Set the running statistics of batch norm to plain averages over ``batches`` of ``(z,)`` or ``(z, label)``.

    Averaged (EMA) weights never saw the statistics that they were trained beside, so theirs are measured anew.
    Nothing happens, and no batch is drawn, where there is no batch norm.
    """
    norms = [layer for layer in network._flatten_layers() if isinstance(layer, BatchNorm)]
    others = [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms and not others:
        return
    momenta = [norm.momentum for norm in (*norms, *others)]
    try:
        for norm in norms:
            norm.measuring = True
            norm.num_batches_tracked.assign(0)
        for count, batch in enumerate(batches, start=1):
            for norm in norms:
                norm.momentum = 1 / count  # the plain average of all so far; nothing is left of what was there before
            for norm in others:
                norm.momentum = 1 - 1 / count
            network(*batch, training=bool(others))  # a layer of Keras measures in training alone
    finally:
        for norm in norms:
            norm.measuring = False
        for norm, momentum in zip((*norms, *others), momenta, strict=True):
            norm.momentum = momentum
