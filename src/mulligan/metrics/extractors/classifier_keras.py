"""The classifier in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mulligan.metrics.extractors import _weights, classifier
from mulligan.metrics.extractors._extractor_keras import KerasExtractor


class Classifier(keras.Model):
    """Pixels [n, h, w, c] from 0 to 255 to features [n, d] (after the ReLU) and logits [n, classes]."""

    def __init__(self, spec: classifier.Classifier) -> None:
        super().__init__()
        # Of zeros, because weights are always given: no random numbers of the program are used up.
        words = {"activation": "relu", "kernel_initializer": "zeros"}
        # The padding is a layer: "same" would put that of an even stride on one side alone.
        self.padding = layers.ZeroPadding2D(1)
        self.convolutions = [
            layers.Conv2D(width, 3, stride, name=f"convolutions.{i}", **words)
            for i, (width, stride) in enumerate(zip(spec.widths, spec.strides, strict=True))
        ]
        self.dense = layers.Dense(spec.features, name="dense", **words)
        self.head = layers.Dense(spec.classes, name="head", kernel_initializer="zeros")
        self(tf.zeros((1, spec.size, spec.size, spec.channels)))

    def call(self, pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Features and logits."""
        x = pixels / 127.5 - 1  # [n, h, w, c]
        for convolution in self.convolutions:
            x = convolution(self.padding(x))
        x = tf.transpose(x, (0, 3, 1, 2))  # the dense weights are in the order of channels first
        features = self.dense(tf.reshape(x, (tf.shape(x)[0], -1)))  # [n, d]
        return features, self.head(features)

    def weighted(self) -> list[layers.Layer]:
        """The layers that have weights, under torch's names."""
        return [*self.convolutions, self.dense, self.head]

    def load(self, tensors: dict[str, np.ndarray]) -> "Classifier":
        """Take the weights of torch's layouts; returns itself."""
        for layer in self.weighted():
            weight = tensors[f"{layer.name}.weight"].astype(np.float32)
            layer.set_weights([_turned(weight), tensors[f"{layer.name}.bias"].astype(np.float32)])
        return self

    def tensors(self) -> dict[str, np.ndarray]:
        """The weights in torch's layouts and under its names."""
        found: dict[str, np.ndarray] = {}
        for layer in self.weighted():
            weight, bias = layer.get_weights()
            found |= {f"{layer.name}.weight": _turned_back(weight), f"{layer.name}.bias": bias}
        return found


def _turned(weight: np.ndarray) -> np.ndarray:
    return weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T


def _turned_back(weight: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight.T)


def open_twin(which: str, device: str) -> KerasExtractor:
    """The classifier that was trained on the data set ``which`` and comes with the package."""
    path = _weights.SHIPPED / f"{which}.safetensors"
    about, tensors = _weights.header(path), _weights.load(path)
    spec = classifier.Classifier(**about["network"])
    return KerasExtractor(
        Classifier(spec).load(tensors), name=f"classifier-{which}", weights_hash=about["sha256"],
        size=(spec.size, spec.size), channels=spec.channels, class_names=tuple(about["class_names"]), device=device,
    )  # fmt: skip
