"""The shell around every network in torch."""

from typing import Any

import numpy as np
import torch
from torch import nn

from mulligan.metrics._features import Features
from mulligan.metrics.extractors._extractor import Shell
from mulligan.metrics.extractors._pixels_torch import pixels


class TorchExtractor(Shell):
    """Pixels [n, c, h, w] from 0 to 255 go in."""

    def __init__(self, network: nn.Module, *, device: str = "cpu", **words: Any) -> None:
        super().__init__(network.to(device).eval().requires_grad_(False), device=device, **words)

    @torch.inference_mode()
    def _features(self, raw: np.ndarray) -> Features:
        values, logits = self.network(pixels(raw, self.size, self.channels, self.device, self._resizer))
        if logits is None:
            return Features(values.cpu().numpy())
        return Features(values.cpu().numpy(), logits.softmax(1).cpu().numpy())
