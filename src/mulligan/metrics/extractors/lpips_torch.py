"""LPIPS in torch, with the convolutions of AlexNet (Krizhevsky 2014) or VGG16 (Simonyan & Zisserman 2015).

Layers have the numbers, and weights the names, that torchvision gives them.
"""

from collections.abc import Iterator
from hashlib import sha256

import torch
from torch import Tensor, nn

from mulligan.errors import DataError, RecipeError
from mulligan.metrics.extractors import _published_torch
from mulligan.metrics.extractors._extractor_torch import TorchExtractor
from mulligan.metrics.extractors._published import Published
from mulligan.metrics.extractors.lpips import LPIPS

# Of pixels from -1 to 1: about the mean and deviation of ImageNet.
_MEAN, _DEVIATION = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class AlexNet(nn.Module):
    """Pixels, normalized, to the five activations that LPIPS looks at."""

    channels = (64, 192, 384, 256, 256)

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.ModuleDict(
            {
                "0": nn.Conv2d(3, 64, 11, stride=4, padding=2),
                "3": nn.Conv2d(64, 192, 5, padding=2),
                "6": nn.Conv2d(192, 384, 3, padding=1),
                "8": nn.Conv2d(384, 256, 3, padding=1),
                "10": nn.Conv2d(256, 256, 3, padding=1),
            }
        )

    def forward(self, x: Tensor) -> Iterator[Tensor]:
        for number, convolution in self.features.items():
            if number in ("3", "6"):
                x = nn.functional.max_pool2d(x, 3, stride=2)
            x = convolution(x).relu()
            yield x


class Vgg16(nn.Module):
    """Pixels, normalized, to the last activation of each of the five blocks."""

    channels = (64, 128, 256, 512, 512)
    blocks = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.ModuleDict()
        inputs = 3
        for numbers, outputs in zip(self.blocks, self.channels, strict=True):
            for number in numbers:
                self.features[str(number)] = nn.Conv2d(inputs, outputs, 3, padding=1)
                inputs = outputs

    def forward(self, x: Tensor) -> Iterator[Tensor]:
        for block, numbers in enumerate(self.blocks):
            x = nn.functional.max_pool2d(x, 2) if block else x
            for number in numbers:
                x = self.features[str(number)](x).relu()
            yield x


class Heads(nn.Module):
    """The weight of each channel of each layer, under the names of the published files."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        for index, count in enumerate(channels):
            # In the file a dropout comes before it, so it is the second.
            self.add_module(f"lin{index}", nn.Module())
            getattr(self, f"lin{index}").model = nn.ModuleDict({"1": nn.Conv2d(count, 1, 1, bias=False)})

    def forward(self) -> list[Tensor]:
        return [weight.flatten() for weight in self.parameters()]


class Lpips(nn.Module):
    """Pixels [n, 3, h, w] from 0 to 255 to features [n, d] whose squared distance is LPIPS; there are no classes."""

    def __init__(self, backbone: AlexNet | Vgg16, smallest: int) -> None:
        super().__init__()
        self.backbone, self.heads, self.smallest = backbone, Heads(backbone.channels), smallest

    def forward(self, pixels: Tensor) -> tuple[Tensor, None]:
        if min(pixels.shape[2:]) < self.smallest:
            found = "x".join(str(side) for side in pixels.shape[2:])
            raise DataError(f"LPIPS cannot take pictures of {found}; expected {self.smallest} pixels or more")
        mean, deviation = (pixels.new_tensor(values)[:, None, None] for values in (_MEAN, _DEVIATION))
        layers = self.backbone((pixels / 127.5 - 1 - mean) / deviation)
        return torch.cat([_weighted(y, w) for y, w in zip(layers, self.heads(), strict=True)], 1), None


def _weighted(y: Tensor, weight: Tensor) -> Tensor:
    unit = y / (y.square().sum(1, keepdim=True).sqrt() + 1e-10)  # [n, c, h, w]
    return (unit * (weight / unit[0, 0].numel()).sqrt()[:, None, None]).flatten(1)


def open_twin(which: str, device: str) -> TorchExtractor:
    """LPIPS with "alex" or "vgg", on pictures in the size that they have."""
    if which not in LPIPS:
        raise RecipeError(f"there is no LPIPS with {which!r}; expected {' or '.join(LPIPS)}")
    published = LPIPS[which]
    network = Lpips(AlexNet() if which == "alex" else Vgg16(), published.smallest)
    hashes = _fill(network.backbone, published.backbone) + _fill(network.heads, published.heads)
    return TorchExtractor(
        network, name=f"lpips-{which}", weights_hash=sha256(hashes.encode()).hexdigest(), size=(0, 0), channels=3,
        device=device, batch_size=50, resizer="unresized",
    )  # fmt: skip


def _fill(part: nn.Module, weights: Published) -> str:
    path = weights.path()
    return _published_torch.fill(part, _published_torch.read(path), path, weights.title)
