"""Random convolutional features in torch."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from mulligan.metrics.extractors import _weights, random_conv
from mulligan.metrics.extractors._extractor_torch import TorchExtractor


class RandomConv(nn.Module):
    """Pixels [n, 3, size, size] from 0 to 255 to features [n, d]; there are no classes."""

    first: Tensor
    second: Tensor

    def __init__(self, spec: random_conv.RandomConv) -> None:
        super().__init__()
        self.spec = spec
        for name, value in spec.weights().items():
            self.register_buffer(name, torch.from_numpy(value))

    def forward(self, pixels: Tensor) -> tuple[Tensor, None]:
        return torch.cat([part for map_ in self._maps(pixels / 127.5 - 1) for part in self._pooled(map_)], 1), None

    def _maps(self, x: Tensor) -> Iterator[Tensor]:
        for _ in range(self.spec.scales):
            once = _filter(x, self.first)  # [n, first, h, w]
            yield once
            yield _filter(functional.avg_pool2d(once, 2), self.second)  # [n, second, h / 2, w / 2]
            x = functional.avg_pool2d(x, 2)

    def _pooled(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        quarters = functional.adaptive_avg_pool2d(x, 2).flatten(1)  # [n, 4 c]
        return quarters, x.amax((2, 3)) * self.spec.maximum_weight, x.std((2, 3), correction=0)


def _filter(x: Tensor, weight: Tensor) -> Tensor:
    # The edge is repeated: zeros would draw a frame around every picture.
    around = weight.shape[-1] // 2
    return functional.conv2d(functional.pad(x, [around] * 4, mode="replicate"), weight).relu()


def open_twin(which: str, device: str) -> TorchExtractor:
    """The extractor of the default numbers; there are no others to choose from."""
    spec = random_conv.RandomConv()
    weights_hash, size = _weights.tensors_hash(spec.weights()), (spec.size, spec.size)
    return TorchExtractor(
        RandomConv(spec), name="random_conv", weights_hash=weights_hash, size=size, channels=3, device=device
    )
