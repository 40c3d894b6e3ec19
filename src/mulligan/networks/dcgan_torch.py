"""DCGAN in PyTorch."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, relu
from torch.nn.utils.parametrizations import spectral_norm

from mulligan.critique import Critique
from mulligan.networks import dcgan
from mulligan.networks._convolution_torch import Conv2d, ConvTranspose2d
from mulligan.networks._dense_map_torch import DenseMap
from mulligan.networks._labels import needed
from mulligan.networks._labels_torch import projection


class Generator(nn.Module):
    """z [n, latent] -> pictures [n, c, h, w] in [-1, 1]."""

    def __init__(self, spec: dcgan.Generator) -> None:
        super().__init__()
        self.spec = spec
        widths, bare = spec.widths, spec.normalization == "none"  # batch norm has its own bias
        self.label = nn.Embedding(spec.labels, dcgan.LABEL_WIDTH) if spec.labels else None
        joined = spec.latent + (dcgan.LABEL_WIDTH if spec.labels else 0)
        self.project = DenseMap(joined, (widths[0], *spec.base), bias=bare)
        self.up = nn.ModuleList(
            ConvTranspose2d(a, b, kernel_size=4, stride=2, padding=1, bias=bare) for a, b in pairwise(widths)
        )
        self.norm = nn.ModuleList(nn.Identity() if bare else nn.BatchNorm2d(width) for width in widths)
        self.pixels = ConvTranspose2d(widths[-1], spec.channels, kernel_size=4, stride=2, padding=1)
        self.apply(normal_002)
        if self.label is not None:
            nn.init.normal_(self.label.weight, 0.0, dcgan.LABEL_DEVIATION)

    def forward(self, z: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Tensor:
        if self.label is not None:
            z = torch.cat([z, self.label(needed(label, self.spec.labels))], dim=1)
        h = relu(self.norm[0](self.project(z)))  # [n, widths[0], *base]
        for up, norm in zip(self.up, self.norm[1:], strict=True):
            h = relu(norm(up(h)))
        return torch.tanh(self.pixels(h))


class Critic(nn.Module):
    """Pictures [n, c, h, w] -> one score each."""

    def __init__(self, spec: dcgan.Critic) -> None:
        super().__init__()
        self.spec = spec
        widths, batch = (spec.channels, *spec.widths), spec.normalization == "batch"
        # The first convolution goes without batch norm, as in the paper.
        self.down = nn.ModuleList(
            Conv2d(a, b, kernel_size=4, stride=2, padding=1, bias=not (batch and i > 0))
            for i, (a, b) in enumerate(pairwise(widths))
        )
        self.norm = nn.ModuleList(
            nn.BatchNorm2d(width) if batch and i > 0 else nn.Identity() for i, width in enumerate(spec.widths)
        )
        self.head = Conv2d(widths[-1], 1, kernel_size=spec.base)  # a dense layer on the base map
        self.label = nn.Embedding(spec.labels, widths[-1]) if spec.labels else None
        self.apply(normal_002)
        if self.label is not None:
            # Features are summed over the map: an embedding of the usual size would outweigh all else from the start.
            nn.init.normal_(self.label.weight, 0.0, 0.02)
        if spec.normalization == "spectral":
            for layer in (*self.down, self.head, *([self.label] if self.label is not None else [])):
                spectral_norm(layer)

    def forward(self, view: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Critique:
        h, features = view, []
        for down, norm in zip(self.down, self.norm, strict=True):
            h = leaky_relu(norm(down(h)), self.spec.slope)
            features.append(h)
        score = self.head(h).flatten()  # [n]
        if self.label is not None:
            score = score + projection(self.label, label, h.sum(dim=(2, 3)))
        return Critique(score, tuple(features))


def normal_002(module: nn.Module) -> None:
    """Weights from normal(0, 0.02), batch-norm scales from normal(1, 0.02), biases zero (Radford et al. 2016)."""
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if isinstance(bias := getattr(module, "bias", None), Tensor):
        nn.init.zeros_(bias)
