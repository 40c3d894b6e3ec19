"""Residual networks of SNGAN in PyTorch."""

from itertools import pairwise
from typing import TypeVar

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu
from torch.nn.utils.parametrizations import spectral_norm

from mulligan.critique import Critique
from mulligan.networks import resnet
from mulligan.networks._convolution_torch import Conv2d
from mulligan.networks._dense_map_torch import DenseMap
from mulligan.networks._labels import needed
from mulligan.networks._labels_torch import projection

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear, nn.Embedding)


class Norm(nn.Module):
    """Batch norm; with labels, scale and shift belong to the label (de Vries et al. 2017)."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=not labels)
        self.scale = nn.Embedding(labels, width) if labels else None
        self.shift = nn.Embedding(labels, width) if labels else None
        if self.scale is not None and self.shift is not None:
            nn.init.ones_(self.scale.weight)
            nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        x = self.norm(x)
        if self.scale is None or self.shift is None:
            return x
        return x * self.scale(label)[:, :, None, None] + self.shift(label)[:, :, None, None]


class UpBlock(nn.Module):
    """Doubles the map: shortcut + norm, ReLU, nearest upsampling, 3x3, norm, ReLU, 3x3."""

    def __init__(self, before: int, after: int, labels: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = Norm(before, labels), Norm(after, labels)
        self.conv1, self.conv2 = branch(before, after), branch(after, after)
        self.shortcut = glorot(Conv2d(before, after, kernel_size=1))

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        h = self.conv1(interpolate(relu(self.norm1(x, label)), scale_factor=2))
        h = self.conv2(relu(self.norm2(h, label)))
        return h + interpolate(
            self.shortcut(x), scale_factor=2
        )  # commutes with the 1x1 convolution, and costs a quarter


class Generator(nn.Module):
    """z [n, latent] -> pictures [n, c, h, w] in [-1, 1]."""

    def __init__(self, spec: resnet.Generator) -> None:
        super().__init__()
        self.spec = spec
        widths = spec.widths
        self.project = glorot(DenseMap(spec.latent, (widths[0], *spec.base)))
        self.up = nn.ModuleList(UpBlock(a, b, spec.labels) for a, b in pairwise(widths))
        self.norm = Norm(widths[-1], labels=0)
        self.pixels = glorot(Conv2d(widths[-1], spec.channels, kernel_size=3, padding=1))

    def forward(self, z: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Tensor:
        label = needed(label, self.spec.labels) if self.spec.labels else None
        h = self.project(z)  # [n, widths[0], *base]
        for up in self.up:
            h = up(h, label)
        return self.pixels(relu(self.norm(h, label))).tanh()


class DownBlock(nn.Module):
    """Shortcut + ReLU, 3x3, ReLU, 3x3, and where asked a mean over 2x2; the first block starts without ReLU."""

    def __init__(self, before: int, after: int, halve: bool, first: bool) -> None:
        super().__init__()
        self.halve, self.first = halve, first
        self.conv1, self.conv2 = branch(before, after), branch(after, after)
        shortcut = halve or before != after
        self.shortcut = glorot(Conv2d(before, after, kernel_size=1)) if shortcut else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(relu(self.conv1(x if self.first else relu(x))))
        if not self.halve:
            return h + self.shortcut(x)
        return avg_pool2d(h, 2) + self.shortcut(avg_pool2d(x, 2))


class Critic(nn.Module):
    """Pictures [n, c, h, w] -> one score each."""

    def __init__(self, spec: resnet.Critic) -> None:
        super().__init__()
        self.spec = spec
        widths = (spec.channels, *(width for width, _ in spec.blocks))
        self.down = nn.ModuleList(
            DownBlock(widths[i], width, halve, first=i == 0) for i, (width, halve) in enumerate(spec.blocks)
        )
        self.head = glorot(nn.Linear(widths[-1], 1))
        self.label = glorot(nn.Embedding(spec.labels, widths[-1])) if spec.labels else None
        if spec.spectral_norm:
            for layer in [part for part in self.modules() if isinstance(part, nn.Conv2d | nn.Linear | nn.Embedding)]:
                spectral_norm(layer)

    def forward(self, view: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Critique:
        h, features = view, []
        for down in self.down:
            h = down(h)
            features.append(h)
        pooled = relu(h).sum(dim=(2, 3))  # [n, channels]
        score = self.head(pooled).squeeze(1)
        if self.label is not None:
            score = score + projection(self.label, label, pooled)
        return Critique(score, tuple(features))


def branch(before: int, after: int) -> nn.Conv2d:
    """A 3x3 convolution of a residual branch; the gain makes up for the ReLU before it."""
    return glorot(Conv2d(before, after, kernel_size=3, padding=1), gain=2**0.5)


def glorot(layer: Layer, gain: float = 1.0) -> Layer:
    """The layer with uniform weights of Glorot & Bengio 2010 and zero biases."""
    nn.init.xavier_uniform_(layer.weight, gain)
    if not isinstance(layer, nn.Embedding) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
