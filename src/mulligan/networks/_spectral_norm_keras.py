"""Layers with spectral norm as PyTorch has it: the weight over its largest singular value (Miyato et al. 2018).

Power iteration follows that value, one iteration to a training forward (algorithm 1). Its vectors lie as in torch,
whose matrix of a weight has one row per output, or per label of an embedding.
"""

from typing import Any, ClassVar

import keras
import tensorflow as tf

from mulligan.networks._labels_keras import Embedding

Tensor = Any
Layout = dict[str, tuple[str, tuple[int, ...] | None]]

EPSILON = 1e-12  # the least length that a vector is divided by
ITERATIONS_AT_START = 15


class Spectral(keras.Layer):
    """What the layers share; ``frozen`` keeps the vectors as they are in training."""

    torch_axes: ClassVar[tuple[int, ...]]  # of the weight, in torch's order
    frozen = False

    @property
    def torch_layout(self) -> Layout:
        """Torch's names and axes; see `mulligan.train.state_keras`."""
        weight = ("parametrizations.weight.original", self.torch_axes)
        vectors: Layout = {name: (f"parametrizations.weight.0._{name}", None) for name in ("u", "v")}
        return {"kernel": weight, "embeddings": weight, "bias": ("bias", None), **vectors}

    def add_vectors(self, weight: Any) -> None:
        """The vectors, near those of the largest singular value."""
        matrix = self._matrix(tf.convert_to_tensor(weight))
        self.u, self.v = (
            self.add_weight(shape=(size,), initializer="zeros", trainable=False, name=name)
            for name, size in zip("uv", matrix.shape, strict=True)
        )
        v = keras.initializers.RandomNormal()(self.v.shape, matrix.dtype.name)
        for _ in range(ITERATIONS_AT_START):
            u, v = _iterated(matrix, v)
        self.u.assign(u)
        self.v.assign(v)

    def normalized(self, weight: Any, training: bool | None) -> Tensor:
        """The weight over its largest singular value, whose vectors are constants for the gradient."""
        weight = tf.convert_to_tensor(weight)
        matrix = self._matrix(weight)
        u, v = tf.convert_to_tensor(self.u), tf.convert_to_tensor(self.v)
        if training and not self.frozen:
            u, v = _iterated(tf.stop_gradient(matrix), v)
            self.u.assign(u)
            self.v.assign(v)
        return weight / tf.tensordot(u, tf.linalg.matvec(matrix, v), 1)

    def save_own_variables(self, store: Any) -> None:
        """For Keras' own files, where convolutions write kernel and bias alone."""
        keras.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """The reverse of ``save_own_variables``."""
        keras.Layer.load_own_variables(self, store)

    def _matrix(self, weight: Tensor) -> Tensor:
        rows = tf.transpose(weight, self.torch_axes)
        return tf.reshape(rows, [rows.shape[0], -1])


@keras.saving.register_keras_serializable("mulligan")
class SpectralConv2D(Spectral, keras.layers.Conv2D):
    """A convolution whose kernel has spectral norm."""

    torch_axes = (3, 2, 0, 1)

    def build(self, shape: tuple) -> None:
        """Kernel, bias and vectors."""
        super().build(shape)
        self.add_vectors(self.kernel)

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        """[n, h, w, c] -> [n, h, w, filters]."""
        y = tf.nn.conv2d(x, self.normalized(self.kernel, training), self.strides, self.padding.upper())
        return y + self.bias if self.use_bias else y


@keras.saving.register_keras_serializable("mulligan")
class SpectralDense(Spectral, keras.layers.Dense):
    """A dense layer whose kernel has spectral norm."""

    torch_axes = (1, 0)

    def build(self, shape: tuple) -> None:
        """Kernel, bias and vectors."""
        super().build(shape)
        self.add_vectors(self.kernel)

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        """[n, d] -> [n, units]."""
        y = x @ self.normalized(self.kernel, training)
        return y + self.bias if self.use_bias else y


@keras.saving.register_keras_serializable("mulligan")
class SpectralEmbedding(Spectral, Embedding):
    """An embedding whose table has spectral norm."""

    torch_axes = (0, 1)

    def build(self, shape: tuple) -> None:
        """Table and vectors."""
        super().build(shape)
        self.add_vectors(self.embeddings)

    def call(self, label: Tensor, training: bool | None = None) -> Tensor:
        """[n] -> [n, width]."""
        return self.rows(self.normalized(self.embeddings, training), label)


def _iterated(matrix: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """One iteration of the power method: both vectors, of unit length."""
    u = tf.math.l2_normalize(tf.linalg.matvec(matrix, v), epsilon=EPSILON**2)
    return u, tf.math.l2_normalize(tf.linalg.matvec(matrix, u, transpose_a=True), epsilon=EPSILON**2)
