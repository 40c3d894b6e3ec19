"""What networks make of labels."""

from typing import Any

import keras
import tensorflow as tf

Tensor = Any


def label_input(labels: int) -> list[Tensor]:
    """The input beside the sample: integers [n], or nothing where there are no labels."""
    return [keras.Input((), dtype="int32", name="labels")] if labels else []


@keras.saving.register_keras_serializable("mulligan")
class Embedding(keras.layers.Embedding):
    """An embedding whose gradient is a tensor as any other, with a row for every label, and no list of rows."""

    def call(self, label: Tensor) -> Tensor:
        """[n] -> [n, width]."""
        return self.rows(tf.convert_to_tensor(self.embeddings), label)

    def rows(self, table: Tensor, label: Tensor) -> Tensor:
        """Those of the labels."""
        return tf.one_hot(label, self.input_dim, dtype=table.dtype) @ table


@keras.saving.register_keras_serializable("mulligan")
class JoinOneHot(keras.Layer):
    """Labels as rows of zeros and a one, after the numbers or as constant maps after the channels of each sample."""

    def __init__(self, labels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.labels = labels

    def call(self, x: Tensor, label: Tensor) -> Tensor:
        """[n, ..., c] and [n] -> [n, ..., c + labels]."""
        rows = tf.one_hot(label, self.labels, dtype=x.dtype)
        rows = tf.reshape(rows, [-1, *[1] * (len(x.shape) - 2), self.labels])
        return tf.concat([x, tf.broadcast_to(rows, [*tf.unstack(tf.shape(x))[:-1], self.labels])], axis=-1)


def projection(embedded: Tensor, features: Tensor) -> Tensor:
    """Inner product of features and the embedding of their label, [n, 1] (Miyato & Koyama 2018, equation 8)."""
    return keras.layers.Dot(axes=1, name="projection")([embedded, features])
