"""Differentiable augmentation in TensorFlow.

All that happens to a sample follows from its own row of uniforms, so it does not matter which others are in the batch.
A sample whose gate stays shut gets amounts that change nothing; all of them go the same way through the same code.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

import tensorflow as tf

from mulligan.augment import diffaug

Tensor = Any


class DiffAugment:
    """(images [n, h, w, c], uniforms [n, k], probability) -> images."""

    def __init__(self, spec: diffaug.DiffAugment) -> None:
        self.spec = spec

    def __call__(self, images: Tensor, uniforms: Tensor, probability: float | Tensor) -> Tensor:
        columns = iter(tf.unstack(uniforms, axis=1))
        for name in self.spec.policy:
            gate, *amounts = islice(columns, diffaug.UNIFORMS[name])
            images = OPERATIONS[name](images, gate < tf.cast(probability, gate.dtype), *amounts)
        return images


def color(images: Tensor, gate: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Brightness moves by up to half a unit, saturation is scaled by 0 to 2, contrast by 0.5 to 1.5."""
    images = images + _per_image(tf.where(gate, brightness - 0.5, 0.0), images)
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = grey + (images - grey) * _per_image(tf.where(gate, 2 * saturation, 1.0), images)
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + (images - mean) * _per_image(tf.where(gate, contrast + 0.5, 1.0), images)


def translation(images: Tensor, gate: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Moves by whole pixels, up to an eighth of each side; what comes in from outside is zero."""
    for axis, share in ((1, down), (2, right)):
        side = images.shape[axis]
        reach = int(side * diffaug.REACH + 0.5)
        shift = tf.where(gate, tf.floor(share * (2 * reach + 1)) - reach, 0.0)
        source = tf.range(side) - tf.cast(shift, tf.int32)[:, None]  # [n, side]
        inside = _along(axis, tf.cast((source >= 0) & (source < side), images.dtype))
        images = tf.gather(images, tf.clip_by_value(source, 0, side - 1), axis=axis, batch_dims=1) * inside
    return images


def cutout(images: Tensor, gate: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Sets a rectangle of half of each side to zero; its center is anywhere, so it may reach over the border."""
    hole = gate[:, None, None, None]
    for axis, share in ((1, down), (2, right)):
        side = images.shape[axis]
        length = int(side * diffaug.HOLE + 0.5)
        start = tf.floor(share * (side + 1 - length % 2)) - length // 2
        offset = tf.range(side, dtype=start.dtype) - start[:, None]  # [n, side]
        hole = hole & _along(axis, (offset >= 0) & (offset < length))
    return tf.where(hole, tf.zeros((), images.dtype), images)


OPERATIONS: dict[str, Callable[..., Tensor]] = {"color": color, "translation": translation, "cutout": cutout}


def _per_image(amount: Tensor, images: Tensor) -> Tensor:
    return tf.cast(amount, images.dtype)[:, None, None, None]


def _along(axis: int, rows: Tensor) -> Tensor:
    """[n, side] -> [n, side, 1, 1] or [n, 1, side, 1]."""
    return rows[:, :, None, None] if axis == 1 else rows[:, None, :, None]
