"""Dense networks in TensorFlow."""

import math
from typing import Any

import keras
import tensorflow as tf

from mulligan.networks import mlp
from mulligan.networks._batch_norm_keras import BatchNorm
from mulligan.networks._labels_keras import JoinOneHot, label_input
from mulligan.networks._leaky_relu_keras import LeakyReLU
from mulligan.networks._model_keras import CriticNetwork, Network, sample_input

Tensor = Any


class Generator(Network):
    """z [n, latent] -> samples [n, h, w, c], or [n, d] for points."""

    def __init__(self, spec: mlp.Generator) -> None:
        z, label = sample_input((spec.latent,), "z"), label_input(spec.labels)
        h = Signs(spec.signs, name="signs")(z) if spec.signs else z
        h = JoinOneHot(spec.labels, name="join")(h, *label) if label else h
        for i, width in enumerate(spec.hidden):
            h = keras.layers.Dense(width, name=f"dense.{i}")(h)
            h = LeakyReLU(spec.slope, name=f"leaky.{i}")(h)
            h = BatchNorm(name=f"norm.{i}")(h) if spec.batch_norm else h
        x = keras.layers.Dense(math.prod(spec.shape), name="head")(h)
        if len(spec.shape) == 3:  # numbers of one channel lie together, as torch has them
            x = keras.layers.Reshape((spec.channels, *spec.shape[:2]), name="unflatten")(x)
            x = keras.layers.Permute((2, 3, 1), name="channels_last")(x)
        x = keras.layers.Activation("tanh", name="tanh")(x) if spec.output == "tanh" else x
        super().__init__(spec, [z, *label], x)


class Critic(CriticNetwork):
    """Samples [n, h, w, c] or [n, d] -> one score each."""

    def __init__(self, spec: mlp.Critic) -> None:
        view, label = sample_input(spec.shape, "view"), label_input(spec.labels)
        h = view
        if len(spec.shape) == 3:
            h = keras.layers.Permute((3, 1, 2), name="channels_first")(h)
            h = keras.layers.Flatten(name="flatten")(h)
        h = Waves(spec.projections(), name="waves")(h) if spec.waves else h
        h = JoinOneHot(spec.labels, name="join")(h, *label) if label else h
        features = []
        for i, width in enumerate(spec.hidden):
            h = keras.layers.Dense(width, name=f"dense.{i}")(h)
            h = LeakyReLU(spec.slope, name=f"leaky.{i}")(h)
            h = keras.layers.Dropout(spec.dropout, name=f"dropout.{i}")(h)
            features.append(h)
        score = keras.layers.Dense(1, name="head")(h)
        score = keras.layers.Reshape((), name="score")(score)
        super().__init__(spec, [view, *label], [score, *features])


class Signs(keras.Layer):
    """The signs of the first ``count`` numbers, and the others as they are."""

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = count

    def call(self, z: Tensor) -> Tensor:
        """[n, latent] -> the same shape."""
        return tf.concat([tf.sign(z[:, : self.count]), z[:, self.count :]], axis=1)


class Waves(keras.Layer):
    """Numbers, and sine and cosine of fixed projections of them."""

    def __init__(self, projections: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.projections = projections

    def call(self, x: Tensor) -> Tensor:
        """[n, d] -> [n, d + 2 waves]."""
        phases = x @ tf.constant(self.projections, x.dtype)  # [n, waves]
        return tf.concat([x, tf.sin(phases), tf.cos(phases)], axis=1)
