"""The R3GAN networks in TensorFlow."""

import math
from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import initializers, layers

from mulligan.networks import r3
from mulligan.networks._labels_keras import Embedding, label_input, projection
from mulligan.networks._leaky_relu_keras import LeakyReLU
from mulligan.networks._model_keras import CriticNetwork, Network, sample_input

Tensor = Any
Layout = dict[str, tuple[str, tuple[int, ...] | None]]


class Generator(Network):
    """z [n, latent] -> pictures [n, h, w, c]."""

    def __init__(self, spec: r3.Generator) -> None:
        z, label = sample_input((spec.latent,), "z"), label_input(spec.labels)
        widths, h = spec.widths, z
        if label:
            embedded = Embedding(spec.labels, r3.LABEL_WIDTH, normal(1.0), name="label")(*label)
            h = layers.Concatenate(name="join")([z, embedded])
        h = layers.Dense(widths[0], use_bias=False, **fan_in(), name="scale")(h)
        h = Basis(spec.base, name="basis")(h)  # [n, *base, widths[0]]
        h = stage(h, spec, 0)
        for i, width in enumerate(widths[1:]):
            # A 1x1 convolution and resampling commute; the small map is cheaper.
            h = Upsample(name=f"upsample.{i}")(rewidth(h, width, f"rewidth.{i}"))
            h = stage(h, spec, i + 1)
        super().__init__(spec, [z, *label], thin(spec.channels, "pixels")(h))


class Critic(CriticNetwork):
    """Pictures [n, h, w, c] -> one score each."""

    def __init__(self, spec: r3.Critic) -> None:
        view, label = sample_input(spec.shape, "view"), label_input(spec.labels)
        widths = spec.widths[::-1]
        h = stage(thin(widths[0], "pixels")(view), spec, 0)
        features = [h]
        for i, width in enumerate(widths[1:]):
            h = stage(rewidth(Downsample(name=f"downsample.{i}")(h), width, f"rewidth.{i}"), spec, i + 1)
            features.append(h)
        h = Gather(name="gather")(h)
        score = layers.Dense(widths[-1] if label else 1, use_bias=False, **fan_in(), name="head")(h)
        if label:
            embedded = Embedding(spec.labels, widths[-1], normal(1.0), name="label")(*label)
            score = projection(embedded, score) / math.sqrt(widths[-1])
        super().__init__(spec, [view, *label], [layers.Reshape((), name="score")(score), *features])


def stage(x: Tensor, spec: r3.Generator | r3.Critic, index: int) -> Tensor:
    """All blocks of one resolution."""
    for i in range(spec.blocks):
        x = block(x, spec, f"stages.{index}.{i}")
    return x


def block(x: Tensor, spec: r3.Generator | r3.Critic, place: str) -> Tensor:
    """x + 1x1 widening, grouped 3x3, 1x1 back; the branch starts at zero."""
    width = x.shape[-1]
    inside = width * r3.EXPANSION
    start = {"slope": spec.slope, "scale": spec.branch_scale}
    h = layers.Conv2D(inside, 1, **fan_in(**start), name=f"{place}.widen")(x)
    h = LeakyReLU(spec.slope, name=f"{place}.leaky1")(h)
    groups = inside // spec.group_of(inside)
    h = GroupedConv2D(inside, 3, padding="same", groups=groups, **fan_in(**start), name=f"{place}.mix")(h)
    h = LeakyReLU(spec.slope, name=f"{place}.leaky2")(h)
    h = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="zeros", name=f"{place}.back")(h)
    return layers.Add(name=f"{place}.add")([x, h])


def thin(width: int, name: str) -> layers.Layer:
    """A 1x1 convolution without bias."""
    return layers.Conv2D(width, 1, use_bias=False, **fan_in(), name=name)


def rewidth(x: Tensor, width: int, name: str) -> Tensor:
    """A 1x1 convolution where the width changes."""
    return x if x.shape[-1] == width else thin(width, name)(x)


def fan_in(slope: float = 1.0, scale: float = 1.0) -> dict[str, Any]:
    """Normal weights that keep the variance through a leaky ReLU of ``slope`` (He et al. 2015), times ``scale``."""
    gain = 2 / (1 + slope**2) * scale**2
    return {"kernel_initializer": initializers.VarianceScaling(gain, "fan_in", "untruncated_normal")}


def normal(deviation: float) -> initializers.Initializer:
    """Normal numbers around zero."""
    return initializers.RandomNormal(0.0, deviation)


@keras.saving.register_keras_serializable("mulligan")
class GroupedConv2D(layers.Conv2D):
    """A convolution in groups of channels, one after another: TensorFlow on the CPU has no gradient of it at once."""

    def call(self, x: Tensor) -> Tensor:
        """[n, h, w, c] -> [n, h, w, filters]."""
        pairs = zip(tf.split(x, self.groups, -1), tf.split(self.kernel, self.groups, -1), strict=True)
        parts = [tf.nn.conv2d(part, kernel, self.strides, self.padding.upper()) for part, kernel in pairs]
        y = tf.concat(parts, -1)
        return y + self.bias if self.use_bias else y


class Basis(layers.Layer):
    """A learned base map, scaled per channel for each sample."""

    torch_layout: ClassVar[Layout] = {"map": ("", (2, 0, 1))}  # a parameter of the network itself in torch

    def __init__(self, base: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.base = base

    def build(self, shape: tuple) -> None:
        """A map of independent normal numbers."""
        self.map = self.add_weight(shape=(*self.base, shape[-1]), initializer=normal(1.0), name="map")

    def call(self, scale: Tensor) -> Tensor:
        """[n, c] -> [n, *base, c]."""
        return self.map * scale[:, None, None]


class Gather(layers.Layer):
    """Each channel of the base map weighed and summed: one number per channel."""

    torch_layout: ClassVar[Layout] = {"kernel": ("weight", (2, 3, 0, 1))}

    def build(self, shape: tuple) -> None:
        """A weight for each point of each channel, as a depthwise kernel has them."""
        height, width, channels = shape[1:]
        start = normal((height * width) ** -0.5)
        self.kernel = self.add_weight(shape=(height, width, channels, 1), initializer=start, name="kernel")

    def call(self, x: Tensor) -> Tensor:
        """[n, *base, c] -> [n, c]."""
        return tf.reduce_sum(x * self.kernel[..., 0], axis=(1, 2))


class Upsample(layers.Layer):
    """Twice the size with the filter [1, 2, 1]: every point, and the means between it and the next one."""

    def call(self, x: Tensor) -> Tensor:
        """[n, h, w, c] -> [n, 2h, 2w, c]."""
        height, width, channels = x.shape[1:]
        shape = [tf.shape(x)[0], 2 * height, 2 * width, channels]
        x = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]], "SYMMETRIC")  # zeros would darken the border
        padding = [[0, 0], [1, 2], [1, 2], [0, 0]]
        return tf.nn.depthwise_conv2d_backprop_input(shape, 4 * bilinear(channels, x.dtype), x, [1, 2, 2, 1], padding)


class Downsample(layers.Layer):
    """Half the size with the filter [1, 2, 1], centered on the points that `Upsample` keeps."""

    def call(self, x: Tensor) -> Tensor:
        """[n, 2h, 2w, c] -> [n, h, w, c]."""
        x = tf.pad(x, [[0, 0], [1, 0], [1, 0], [0, 0]], "SYMMETRIC")
        return tf.nn.depthwise_conv2d(x, bilinear(x.shape[-1], x.dtype), [1, 2, 2, 1], "VALID")


def bilinear(channels: int, dtype: Any) -> Tensor:
    """[1, 2, 1] in both axes, of sum one, for each channel alone: [3, 3, channels, 1]."""
    row = tf.constant([0.25, 0.5, 0.25], dtype)
    return tf.tile((row[:, None] * row)[:, :, None, None], [1, 1, channels, 1])
