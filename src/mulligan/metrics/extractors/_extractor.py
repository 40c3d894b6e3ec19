"""The shell around every network: raw pictures in, in batches that fit a small device, numpy features out."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from mulligan.metrics._features import Features, join
from mulligan.metrics.extractors._resize import RESIZERS


class Shell(ABC):
    """Calls ``network(pixels) -> (features, logits or None)``; how, each framework says.

    Pictures are uint8, or floats from 0 to 255 where the step to 8 bits would hide what is looked for.
    """

    def __init__(
        self,
        network: Any,
        *,
        name: str,
        weights_hash: str,
        size: tuple[int, int],
        channels: int,
        class_names: tuple[str, ...] | None = None,
        device: str = "cpu",
        batch_size: int = 250,
        resizer: str = "clean",
    ) -> None:
        self.network, self.name, self.hash, self.class_names = network, name, weights_hash, class_names
        self.size, self.channels, self.device, self.batch_size = size, channels, device, batch_size
        self._resizer, self.resizer = resizer, RESIZERS[resizer].says

    def __call__(self, raw: np.ndarray) -> Features:
        starts = range(0, len(raw), self.batch_size)
        return join([self._features(raw[start : start + self.batch_size]) for start in starts])

    @abstractmethod
    def _features(self, raw: np.ndarray) -> Features:
        """What the network says of one batch."""
