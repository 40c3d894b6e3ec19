"""The shell around every network in torch: raw pictures in, numpy features out."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from mulligan.metrics._features import Features, join
from mulligan.metrics.extractors._pixels_torch import pixels
from mulligan.metrics.extractors._resize_torch import RESIZERS


class TorchExtractor:
    """Calls ``network(pixels) -> (features, logits or None)`` on batches that fit a small device.

    Pictures are uint8, or floats from 0 to 255 where the step to 8 bits would hide what is looked for.
    """

    def __init__(
        self,
        network: nn.Module,
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
        self.network = network.to(device).eval().requires_grad_(False)
        self.name, self.hash, self.class_names = name, weights_hash, class_names
        self.size, self.channels, self.device, self.batch_size = size, channels, device, batch_size
        self._resizer, self.resizer = resizer, RESIZERS[resizer].says

    def __call__(self, raw: np.ndarray) -> Features:
        return join([self._features(part) for part in self._parts(raw)])

    def _parts(self, raw: np.ndarray) -> Iterator[np.ndarray]:
        return (raw[start : start + self.batch_size] for start in range(0, len(raw), self.batch_size))

    @torch.inference_mode()
    def _features(self, raw: np.ndarray) -> Features:
        values, logits = self.network(pixels(raw, self.size, self.channels, self.device, self._resizer))
        if logits is None:
            return Features(values.cpu().numpy())
        return Features(values.cpu().numpy(), logits.softmax(1).cpu().numpy())
