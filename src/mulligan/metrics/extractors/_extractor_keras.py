"""The shell around every network in TensorFlow."""

import numpy as np
import tensorflow as tf

from mulligan.metrics._features import Features
from mulligan.metrics.extractors._extractor import Shell
from mulligan.metrics.extractors._pixels import pixels


class KerasExtractor(Shell):
    """Pixels [n, h, w, c] from 0 to 255 go in."""

    def _features(self, raw: np.ndarray) -> Features:
        shown = pixels(raw, self.size, self.channels, self._resizer)
        with tf.device(_place(self.device)):
            values, logits = self.network(tf.constant(shown))
            if logits is None:
                return Features(values.numpy())
            return Features(values.numpy(), tf.nn.softmax(logits).numpy())


def _place(device: str) -> str:
    """TensorFlow's name of a device that goes by torch's, as everywhere here."""
    kind, _, index = device.partition(":")
    return f"/{'GPU' if kind == 'cuda' else 'CPU'}:{index or 0}"
