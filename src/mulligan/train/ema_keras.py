"""The moving average of the product's weights (Karras et al. 2018), whose half-life is counted in images."""

from typing import Any

import keras
import tensorflow as tf


class Ema:
    """An averaged copy of a network; with decay 0 it is the network itself."""

    def __init__(self, network: keras.Model, copy: keras.Model) -> None:
        """``copy`` is another network of the same build, which becomes the average."""
        self.network = copy
        self.restart(network)

    def restart(self, network: keras.Model) -> None:
        """Begin the average anew at the network as it is."""
        for own, theirs in zip(self.network.weights, network.weights, strict=True):
            own.assign(theirs)

    def update(self, network: keras.Model, decay: Any) -> None:
        """average = decay * average + (1 - decay) * weights."""
        for average, weight in zip(self.network.trainable_variables, network.trainable_variables, strict=True):
            share = tf.cast(decay, average.value.dtype)
            average.assign(weight.value + share * (average.value - weight.value))

    def take_buffers(self, network: keras.Model) -> None:
        """Copy what is no weight; batch-norm statistics among it must be measured anew for the averaged weights."""
        for own, theirs in zip(self.network.non_trainable_variables, network.non_trainable_variables, strict=True):
            own.assign(theirs)
