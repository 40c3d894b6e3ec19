"""The stacked classifier in TensorFlow."""

import keras
import tensorflow as tf

from mulligan.metrics.extractors import classifier_keras
from mulligan.metrics.extractors._extractor_keras import KerasExtractor


class Stacked(keras.Model):
    """Pixels [n, h, w, 3] to the features of all three channels [n, 3 d] and logits of all triples [n, classes^3]."""

    def __init__(self, classifier: keras.Model) -> None:
        super().__init__()
        self.classifier = classifier

    def call(self, pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Features and logits."""
        n, height, width, _ = pixels.shape
        single = tf.reshape(tf.transpose(pixels, (0, 3, 1, 2)), (-1, height, width, 1))
        features, logits = self.classifier(single)  # [3 n, d], [3 n, classes]
        each = tf.reshape(tf.nn.log_softmax(logits), (n, 3, -1))
        # The logarithm of a product of probabilities, which softmax leaves as it is.
        triples = each[:, 0, :, None, None] + each[:, 1, None, :, None] + each[:, 2, None, None, :]
        return tf.reshape(features, (n, -1)), tf.reshape(triples, (n, -1))


def open_twin(which: str, device: str) -> KerasExtractor:
    """Three times the shipped classifier of ``which``; class 123 is a 1 in red, a 2 in green and a 3 in blue."""
    single = classifier_keras.open_twin(which, device)
    names = single.class_names or ()
    return KerasExtractor(
        Stacked(single.network), name=f"classifier-{which}-stacked", weights_hash=single.hash, size=single.size,
        channels=3, class_names=tuple(a + b + c for a in names for b in names for c in names), device=device,
    )  # fmt: skip
