"""DINOv2 and CLIP in torch, through ``transformers``."""

import importlib
from typing import Any

from torch import Tensor, nn

from mulligan.errors import ModelFileError, missing_extra
from mulligan.metrics.extractors import _weights
from mulligan.metrics.extractors._extractor_torch import TorchExtractor
from mulligan.metrics.extractors.foundation import FOUNDATIONS, Foundation


class Shown(nn.Module):
    """Pixels [n, 3, h, w] from 0 to 255 to features [n, d]; there are no classes."""

    def __init__(self, network: nn.Module, spec: Foundation) -> None:
        super().__init__()
        self.network, self.spec = network, spec

    def forward(self, pixels: Tensor) -> tuple[Tensor, None]:
        mean, deviation = (pixels.new_tensor(v)[:, None, None] for v in (self.spec.mean, self.spec.deviation))
        return getattr(self.network(pixel_values=(pixels / 255 - mean) / deviation), self.spec.output), None


def open_twin(which: str, device: str) -> TorchExtractor:
    """DINOv2 or CLIP, from the folder or hub that the user set, else from what was downloaded before."""
    spec = FOUNDATIONS[which]
    network = _load(spec)
    side = spec.size or network.config.image_size
    weights_hash = _weights.tensors_hash({name: value.numpy() for name, value in network.state_dict().items()})
    return TorchExtractor(
        Shown(network, spec), name=which, weights_hash=weights_hash, size=(side, side), channels=3, device=device,
        batch_size=50,
    )  # fmt: skip


def _load(spec: Foundation) -> Any:
    """The network in float32, of safetensors alone: a model on the hub may hold pickled weights, or code."""
    try:
        kind = getattr(importlib.import_module("transformers"), spec.kind)
    except ModuleNotFoundError:
        raise missing_extra("transformers", "foundation") from None
    name, asked = spec.asked() or spec.model, spec.asked() is not None
    try:
        return kind.from_pretrained(name, local_files_only=not asked, use_safetensors=True).float()
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        advice = "check the network, or set it to a folder that holds the model"
        if not asked:
            advice = f"to download it, type: export {spec.variable}={spec.model}, or set it to a folder that holds one"
        raise ModelFileError(f"{spec.title} cannot be loaded from {name} ({reason}); {advice}") from error
