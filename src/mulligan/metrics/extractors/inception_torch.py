"""InceptionV3 in torch (Szegedy et al. 2015, table 1, fig. 5 to 7), with the names of the usual port of its weights.

Three things differ from the InceptionV3 of model zoos: average pools leave the padding out of the mean, the pool of the
last block is a maximum, and pixels are shown as (x - 128) / 128.
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

from mulligan.errors import DataError
from mulligan.metrics.extractors import _published_torch, inception
from mulligan.metrics.extractors._extractor_torch import TorchExtractor

SMALLEST = 75  # pixels, below which the last block has nothing left to look at
average_pool = partial(avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
max_pool = partial(max_pool2d, kernel_size=3, stride=1, padding=1)
halve = partial(max_pool2d, kernel_size=3, stride=2)


class Conv(nn.Module):
    """Convolution, batch norm, ReLU; an oblong kernel is padded so that the size stays."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        around = (kernel[0] // 2, kernel[1] // 2) if isinstance(kernel, tuple) else padding
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, around, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


class BlockA(nn.Module):
    """35x35: 1x1, 5x5, two 3x3, pool (fig. 5)."""

    def __init__(self, inputs: int, pool: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(inputs, 64, 1)
        self.branch5x5_1 = Conv(inputs, 48, 1)
        self.branch5x5_2 = Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, padding=1)
        self.branch_pool = Conv(inputs, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(average_pool(x))], 1)


class BlockB(nn.Module):
    """35x35 to 17x17 (fig. 10)."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = Conv(inputs, 384, 3, stride=2)
        self.branch3x3dbl_1 = Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), three, halve(x)], 1)


class BlockC(nn.Module):
    """17x17: 7x7 as 1x7 and 7x1, once and twice (fig. 6)."""

    def __init__(self, inputs: int, middle: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(inputs, 192, 1)
        self.branch7x7_1 = Conv(inputs, middle, 1)
        self.branch7x7_2 = Conv(middle, middle, (1, 7))
        self.branch7x7_3 = Conv(middle, 192, (7, 1))
        self.branch7x7dbl_1 = Conv(inputs, middle, 1)
        self.branch7x7dbl_2 = Conv(middle, middle, (7, 1))
        self.branch7x7dbl_3 = Conv(middle, middle, (1, 7))
        self.branch7x7dbl_4 = Conv(middle, middle, (7, 1))
        self.branch7x7dbl_5 = Conv(middle, 192, (1, 7))
        self.branch_pool = Conv(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat([self.branch1x1(x), once, twice, self.branch_pool(average_pool(x))], 1)


class BlockD(nn.Module):
    """17x17 to 8x8."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3_1 = Conv(inputs, 192, 1)
        self.branch3x3_2 = Conv(192, 320, 3, stride=2)
        self.branch7x7x3_1 = Conv(inputs, 192, 1)
        self.branch7x7x3_2 = Conv(192, 192, (1, 7))
        self.branch7x7x3_3 = Conv(192, 192, (7, 1))
        self.branch7x7x3_4 = Conv(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), seven, halve(x)], 1)


class BlockE(nn.Module):
    """8x8: branches that end in a 1x3 beside a 3x1 (fig. 7)."""

    def __init__(self, inputs: int, pool: partial[Tensor]) -> None:
        super().__init__()
        self.pool = pool
        self.branch1x1 = Conv(inputs, 320, 1)
        self.branch3x3_1 = Conv(inputs, 384, 1)
        self.branch3x3_2a = Conv(384, 384, (1, 3))
        self.branch3x3_2b = Conv(384, 384, (3, 1))
        self.branch3x3dbl_1 = Conv(inputs, 448, 1)
        self.branch3x3dbl_2 = Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = Conv(384, 384, (1, 3))
        self.branch3x3dbl_3b = Conv(384, 384, (3, 1))
        self.branch_pool = Conv(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        once, twice = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        ends_once = [self.branch3x3_2a(once), self.branch3x3_2b(once)]
        ends_twice = [self.branch3x3dbl_3a(twice), self.branch3x3dbl_3b(twice)]
        return torch.cat([self.branch1x1(x), *ends_once, *ends_twice, self.branch_pool(self.pool(x))], 1)


class Inception(nn.Module):
    """Pixels [n, 3, 299, 299] from 0 to 255 to the 2048 features of the last pool and the logits of 1008 classes.

    The logits leave the bias out, as the first implementation of the Inception score does (Salimans et al. 2016).
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = BlockA(192, 32), BlockA(256, 64), BlockA(288, 64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b, self.Mixed_6c = BlockC(768, 128), BlockC(768, 160)
        self.Mixed_6d, self.Mixed_6e = BlockC(768, 160), BlockC(768, 192)
        self.Mixed_7a = BlockD(768)
        self.Mixed_7b, self.Mixed_7c = BlockE(1280, average_pool), BlockE(2048, max_pool)
        self.fc = nn.Linear(2048, 1008, bias=False)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        if min(pixels.shape[2:]) < SMALLEST:
            found = "x".join(str(side) for side in pixels.shape[2:])
            raise DataError(f"InceptionV3 cannot take pictures of {found}; type --extractor inception, which resizes")
        x = (pixels - 128) / 128  # [n, 3, 299, 299]
        x = halve(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))  # [n, 64, 73, 73]
        x = halve(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))  # [n, 192, 35, 35]
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))  # [n, 288, 35, 35]
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))  # [n, 768, 17, 17]
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))  # [n, 2048, 8, 8]
        features = x.mean((2, 3))  # [n, 2048]
        return features, self.fc(features)


def open_twin(which: str, device: str) -> TorchExtractor:
    """The network with the weights of the cache or of a link; ``which`` is its resizer."""
    path, network = inception.WEIGHTS.path(), Inception()
    weights_hash = _published_torch.fill(network, _published_torch.read(path), path, inception.WEIGHTS.title)
    return TorchExtractor(
        network, name="inception" if which == "clean" else f"inception-{which}", weights_hash=weights_hash,
        size=(inception.SIZE, inception.SIZE), channels=3, device=device, batch_size=50, resizer=which,
    )  # fmt: skip
