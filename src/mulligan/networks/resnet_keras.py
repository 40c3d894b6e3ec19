"""Residual networks of SNGAN in TensorFlow."""

import math
from typing import Any

import keras
from keras import initializers, layers

from mulligan.networks import resnet
from mulligan.networks._batch_norm_keras import BatchNorm
from mulligan.networks._labels_keras import Embedding, label_input, projection
from mulligan.networks._model_keras import CriticNetwork, Network, sample_input
from mulligan.networks._spectral_norm_keras import SpectralConv2D, SpectralDense, SpectralEmbedding

Tensor = Any


class Generator(Network):
    """z [n, latent] -> pictures [n, h, w, c] in [-1, 1]."""

    def __init__(self, spec: resnet.Generator) -> None:
        z, label = sample_input((spec.latent,), "z"), label_input(spec.labels)
        widths = spec.widths
        h = layers.Dense(widths[0] * math.prod(spec.base), **glorot(), name="project")(z)
        h = layers.Reshape((widths[0], *spec.base), name="unflatten")(h)  # as torch has it
        h = layers.Permute((2, 3, 1), name="channels_last")(h)  # [n, *base, widths[0]]
        for i, width in enumerate(widths[1:]):
            h = up_block(h, width, label, spec.labels, f"up.{i}")
        h = norm(h, [], 0, "norm")
        x = layers.Conv2D(spec.channels, 3, padding="same", **glorot(), name="pixels")(layers.ReLU(name="relu")(h))
        super().__init__(spec, [z, *label], layers.Activation("tanh", name="tanh")(x))


def up_block(x: Tensor, after: int, label: list[Tensor], labels: int, place: str) -> Tensor:
    """Doubles the map: shortcut + norm, ReLU, nearest upsampling, 3x3, norm, ReLU, 3x3."""
    h = layers.ReLU(name=f"{place}.relu1")(norm(x, label, labels, f"{place}.norm1"))
    h = layers.UpSampling2D(2, name=f"{place}.twice")(h)
    h = layers.Conv2D(after, 3, padding="same", **glorot(BRANCH), name=f"{place}.conv1")(h)
    h = layers.ReLU(name=f"{place}.relu2")(norm(h, label, labels, f"{place}.norm2"))
    h = layers.Conv2D(after, 3, padding="same", **glorot(BRANCH), name=f"{place}.conv2")(h)
    # Upsampling commutes with the 1x1 convolution, and costs a quarter after it.
    shortcut = layers.Conv2D(after, 1, **glorot(), name=f"{place}.shortcut")(x)
    return layers.Add(name=f"{place}.add")([h, layers.UpSampling2D(2, name=f"{place}.shortcut_twice")(shortcut)])


def norm(x: Tensor, label: list[Tensor], labels: int, place: str) -> Tensor:
    """Batch norm; with labels, scale and shift belong to the label (de Vries et al. 2017)."""
    width = x.shape[-1]
    x = BatchNorm(affine=not label, name=f"{place}.norm")(x)
    if not label:
        return x
    scale = Embedding(labels, width, "ones", name=f"{place}.scale")(*label)
    shift = Embedding(labels, width, "zeros", name=f"{place}.shift")(*label)
    return Modulate(name=place)(x, scale, shift)


@keras.saving.register_keras_serializable("mulligan")
class Modulate(layers.Layer):
    """A scale and a shift for each channel of each sample."""

    def call(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """[n, h, w, c], [n, c], [n, c] -> [n, h, w, c]."""
        return x * scale[:, None, None] + shift[:, None, None]


class Critic(CriticNetwork):
    """Pictures [n, h, w, c] -> one score each."""

    def __init__(self, spec: resnet.Critic) -> None:
        view, label = sample_input(spec.shape, "view"), label_input(spec.labels)
        spectral = spec.spectral_norm
        dense, embedding = (SpectralDense, SpectralEmbedding) if spectral else (layers.Dense, Embedding)
        h, features = view, []
        for i, (width, halve) in enumerate(spec.blocks):
            h = down_block(h, width, halve, SpectralConv2D if spectral else layers.Conv2D, i)
            features.append(h)
        pooled = keras.ops.sum(layers.ReLU(name="relu")(h), axis=(1, 2))  # [n, channels]
        score = dense(1, **glorot(), name="head")(pooled)
        if label:
            embedded = embedding(spec.labels, pooled.shape[-1], uniform(1.0), name="label")(*label)
            score = layers.Add(name="add")([score, projection(embedded, pooled)])
        super().__init__(spec, [view, *label], [layers.Reshape((), name="score")(score), *features])


def down_block(x: Tensor, after: int, halve: bool, conv: type, index: int) -> Tensor:
    """Shortcut + ReLU, 3x3, ReLU, 3x3, and where asked a mean over 2x2; the first block starts without ReLU."""
    place, before = f"down.{index}", x.shape[-1]
    h = layers.ReLU(name=f"{place}.relu1")(x) if index else x
    h = conv(after, 3, padding="same", **glorot(BRANCH), name=f"{place}.conv1")(h)
    h = layers.ReLU(name=f"{place}.relu2")(h)
    h = conv(after, 3, padding="same", **glorot(BRANCH), name=f"{place}.conv2")(h)
    if halve:
        h = layers.AveragePooling2D(2, name=f"{place}.mean")(h)
        x = layers.AveragePooling2D(2, name=f"{place}.shortcut_mean")(x)
    if halve or before != after:
        x = conv(after, 1, **glorot(), name=f"{place}.shortcut")(x)
    return layers.Add(name=f"{place}.add")([h, x])


BRANCH = 2**0.5  # the gain in residual branches makes up for the ReLU before their 3x3 convolutions


def glorot(gain: float = 1.0) -> dict[str, Any]:
    """Uniform weights of Glorot & Bengio 2010; biases start at zero."""
    return {"kernel_initializer": uniform(gain)}


def uniform(gain: float) -> initializers.Initializer:
    """Uniform numbers between plus and minus gain * sqrt(6 / (inputs + outputs))."""
    return initializers.VarianceScaling(gain**2, "fan_avg", "uniform")
