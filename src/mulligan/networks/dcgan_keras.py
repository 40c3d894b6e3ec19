"""DCGAN in TensorFlow."""

import math
from typing import Any

import keras
from keras import initializers, layers

from mulligan.networks import dcgan
from mulligan.networks._batch_norm_keras import BatchNorm
from mulligan.networks._labels_keras import Embedding, label_input, projection
from mulligan.networks._leaky_relu_keras import LeakyReLU
from mulligan.networks._model_keras import CriticNetwork, Network, sample_input
from mulligan.networks._spectral_norm_keras import SpectralConv2D, SpectralEmbedding

DEVIATION = 0.02  # of all weights at the start, and of batch-norm scales around 1 (Radford et al. 2016)


class Generator(Network):
    """z [n, latent] -> pictures [n, h, w, c] in [-1, 1]."""

    def __init__(self, spec: dcgan.Generator) -> None:
        z, label = sample_input((spec.latent,), "z"), label_input(spec.labels)
        widths, bare = spec.widths, spec.normalization == "none"  # batch norm has its own bias
        h = z
        if label:
            embedded = Embedding(spec.labels, dcgan.LABEL_WIDTH, normal(dcgan.LABEL_DEVIATION), name="label")(*label)
            h = layers.Concatenate(name="join")([z, embedded])
        h = layers.Dense(widths[0] * math.prod(spec.base), use_bias=bare, **normal_002(), name="project")(h)
        h = layers.Reshape((widths[0], *spec.base), name="unflatten")(h)  # as torch has it
        h = layers.Permute((2, 3, 1), name="channels_last")(h)  # [n, *base, widths[0]]
        for i, width in enumerate(widths):
            h = double(width, f"up.{i - 1}", use_bias=bare)(h) if i else h
            h = h if bare else BatchNorm(scale_deviation=DEVIATION, name=f"norm.{i}")(h)
            h = layers.ReLU(name=f"relu.{i}")(h)
        x = double(spec.channels, "pixels")(h)
        super().__init__(spec, [z, *label], layers.Activation("tanh", name="tanh")(x))


class Critic(CriticNetwork):
    """Pictures [n, h, w, c] -> one score each."""

    def __init__(self, spec: dcgan.Critic) -> None:
        view, label = sample_input(spec.shape, "view"), label_input(spec.labels)
        batch, spectral = spec.normalization == "batch", spec.normalization == "spectral"
        conv, embedding = (SpectralConv2D, SpectralEmbedding) if spectral else (layers.Conv2D, Embedding)
        h, features = view, []
        for i, width in enumerate(spec.widths):
            normed = batch and i > 0  # the first convolution goes without batch norm, as in the paper
            h = conv(width, 4, strides=2, padding="same", use_bias=not normed, **normal_002(), name=f"down.{i}")(h)
            h = BatchNorm(scale_deviation=DEVIATION, name=f"norm.{i}")(h) if normed else h
            h = LeakyReLU(spec.slope, name=f"leaky.{i}")(h)
            features.append(h)
        score = conv(1, spec.base, **normal_002(), name="head")(h)  # a dense layer on the base map
        score = layers.Reshape((1,), name="flatten")(score)
        if label:
            # Features are summed over the map: an embedding of the usual size would outweigh all else from the start.
            embedded = embedding(spec.labels, spec.widths[-1], normal(DEVIATION), name="label")(*label)
            score = layers.Add(name="add")([score, projection(embedded, keras.ops.sum(h, axis=(1, 2)))])
        super().__init__(spec, [view, *label], [layers.Reshape((), name="score")(score), *features])


def double(width: int, name: str, use_bias: bool = True) -> layers.Layer:
    """A transposed convolution of twice the size; "same" is torch's padding of 1 where the kernel is even."""
    return layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=use_bias, **normal_002(), name=name)


def normal_002() -> dict[str, Any]:
    """Weights from normal(0, 0.02); a new initializer each time, as the same one gives the same numbers again."""
    return {"kernel_initializer": normal(DEVIATION)}


def normal(deviation: float) -> initializers.Initializer:
    """Normal numbers around zero."""
    return initializers.RandomNormal(0.0, deviation)
