"""The R3GAN networks in PyTorch."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, pad

from mulligan.critique import Critique
from mulligan.networks import r3
from mulligan.networks._convolution_torch import Conv2d
from mulligan.networks._labels import needed
from mulligan.networks._labels_torch import projection


class Block(nn.Module):
    """x + 1x1 widening, grouped 3x3, 1x1 back; the branch starts at zero."""

    def __init__(self, width: int, spec: r3.Generator | r3.Critic) -> None:
        super().__init__()
        inside = width * r3.EXPANSION
        groups = inside // spec.group_of(inside)
        self.slope = spec.slope
        self.widen = Conv2d(width, inside, kernel_size=1)
        self.mix = nn.Conv2d(inside, inside, kernel_size=3, padding=1, groups=groups)
        self.back = Conv2d(inside, width, kernel_size=1, bias=False)
        fan_in(self.widen, spec.slope, spec.branch_scale)
        fan_in(self.mix, spec.slope, spec.branch_scale)
        nn.init.zeros_(self.back.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = leaky_relu(self.widen(x), self.slope)
        h = leaky_relu(self.mix(h), self.slope)
        return x + self.back(h)


class Generator(nn.Module):
    """z [n, latent] -> pictures [n, c, h, w]."""

    def __init__(self, spec: r3.Generator) -> None:
        super().__init__()
        self.spec = spec
        widths = spec.widths
        self.label = nn.Embedding(spec.labels, r3.LABEL_WIDTH) if spec.labels else None
        self.basis = nn.Parameter(torch.randn(widths[0], *spec.base))
        self.scale = nn.Linear(spec.latent + (r3.LABEL_WIDTH if spec.labels else 0), widths[0], bias=False)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width, spec) for _ in range(spec.blocks))) for width in widths
        )
        self.rewidth = nn.ModuleList(rewidth(a, b) for a, b in pairwise(widths))
        self.upsample = Upsample()
        self.pixels = Conv2d(widths[-1], spec.channels, kernel_size=1, bias=False)
        fan_in(self.scale)
        fan_in(self.pixels)

    def forward(self, z: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Tensor:
        if self.label is not None:
            z = torch.cat([z, self.label(needed(label, self.spec.labels))], dim=1)
        h = self.stages[0](self.basis * self.scale(z)[:, :, None, None])  # [n, widths[0], *base]
        for rewidth, stage in zip(self.rewidth, self.stages[1:], strict=True):
            h = stage(self.upsample(rewidth(h)))  # 1x1 convolution and resampling commute; the small map is cheaper
        return self.pixels(h)


class Critic(nn.Module):
    """Pictures [n, c, h, w] -> one score each."""

    def __init__(self, spec: r3.Critic) -> None:
        super().__init__()
        self.spec = spec
        widths = spec.widths[::-1]
        self.pixels = Conv2d(spec.channels, widths[0], kernel_size=1, bias=False)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width, spec) for _ in range(spec.blocks))) for width in widths
        )
        self.rewidth = nn.ModuleList(rewidth(a, b) for a, b in pairwise(widths))
        self.downsample = Downsample()
        self.gather = nn.Conv2d(widths[-1], widths[-1], kernel_size=spec.base, groups=widths[-1], bias=False)
        self.head = nn.Linear(widths[-1], widths[-1] if spec.labels else 1, bias=False)
        self.label = nn.Embedding(spec.labels, widths[-1]) if spec.labels else None
        for layer in (self.pixels, self.gather, self.head):
            fan_in(layer)

    def forward(self, view: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Critique:
        h = self.stages[0](self.pixels(view))
        features = [h]
        for rewidth, stage in zip(self.rewidth, self.stages[1:], strict=True):
            h = stage(rewidth(self.downsample(h)))
            features.append(h)
        score = self.head(self.gather(h).flatten(1))  # [n, 1], or [n, widths[-1]] with labels
        if self.label is None:
            return Critique(score.squeeze(1), tuple(features))
        return Critique(projection(self.label, label, score) / math.sqrt(score.shape[1]), tuple(features))


def fan_in(layer: nn.Conv2d | nn.Linear, slope: float = 1.0, scale: float = 1.0) -> None:
    """Normal weights that keep the variance through a leaky ReLU of ``slope`` (He et al. 2015), times ``scale``."""
    nn.init.kaiming_normal_(layer.weight, a=slope)
    with torch.no_grad():
        layer.weight.mul_(scale)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def rewidth(before: int, after: int) -> nn.Module:
    """A 1x1 convolution where the width changes."""
    if before == after:
        return nn.Identity()
    layer = Conv2d(before, after, kernel_size=1, bias=False)
    fan_in(layer)
    return layer


class Upsample(nn.Module):
    """Twice the size with the filter [1, 2, 1]: every point, and the means between it and the next one."""

    taps: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("taps", bilinear() * 4, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels, height, width = x.shape[1:]
        x = pad(x, (0, 1, 0, 1), mode="replicate")  # zeros would darken the border
        x = conv_transpose2d(x, self.taps.expand(channels, 1, 3, 3), stride=2, padding=1, groups=channels)
        return x[:, :, : 2 * height, : 2 * width]


class Downsample(nn.Module):
    """Half the size with the filter [1, 2, 1], centered on the points that `Upsample` keeps."""

    taps: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("taps", bilinear(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        x = pad(x, (1, 0, 1, 0), mode="replicate")
        return conv2d(x, self.taps.expand(channels, 1, 3, 3), stride=2, groups=channels)


def bilinear() -> Tensor:
    """[1, 2, 1] in both axes, of sum one."""
    row = torch.tensor([0.25, 0.5, 0.25])
    return row[:, None] * row
