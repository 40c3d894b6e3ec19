"""Dense networks in PyTorch."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mulligan.critique import Critique
from mulligan.networks import mlp
from mulligan.networks._labels_torch import one_hot


class Generator(nn.Module):
    """z [n, latent] -> samples [n, c, h, w], or [n, d] for points."""

    def __init__(self, spec: mlp.Generator) -> None:
        super().__init__()
        self.spec = spec
        *picture, last = spec.shape
        self.shape = (last, *picture)  # channels first; (d,) stays as it is
        widths = (spec.latent + spec.labels, *spec.hidden)
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.norm = nn.ModuleList(nn.BatchNorm1d(width) for width in spec.hidden if spec.batch_norm)
        self.head = nn.Linear(widths[-1], math.prod(self.shape))
        self.apply(glorot)

    def forward(self, z: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Tensor:
        h = torch.cat([z[:, : self.spec.signs].sign(), z[:, self.spec.signs :]], dim=1) if self.spec.signs else z
        h = torch.cat([h, one_hot(label, self.spec.labels, z)], dim=1) if self.spec.labels else h
        for i, dense in enumerate(self.dense):
            h = leaky_relu(dense(h), self.spec.slope)
            h = self.norm[i](h) if self.spec.batch_norm else h
        x = self.head(h).unflatten(1, self.shape)
        return torch.tanh(x) if self.spec.output == "tanh" else x


class Critic(nn.Module):
    """Samples [n, c, h, w] or [n, d] -> one score each."""

    projections: Tensor

    def __init__(self, spec: mlp.Critic) -> None:
        super().__init__()
        self.spec = spec
        widths = (math.prod(spec.shape) + 2 * spec.waves + spec.labels, *spec.hidden)
        self.register_buffer("projections", torch.from_numpy(spec.projections()), persistent=False)
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.dropout = nn.Dropout(spec.dropout)
        self.head = nn.Linear(widths[-1], 1)
        self.apply(glorot)

    def forward(self, view: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Critique:
        h = view.flatten(1)
        if self.spec.waves:
            phases = h @ self.projections  # [n, waves]
            h = torch.cat([h, phases.sin(), phases.cos()], dim=1)
        h = torch.cat([h, one_hot(label, self.spec.labels, h)], dim=1) if self.spec.labels else h
        features = []
        for dense in self.dense:
            h = self.dropout(leaky_relu(dense(h), self.spec.slope))
            features.append(h)
        return Critique(self.head(h).squeeze(1), tuple(features))


def glorot(module: nn.Module) -> None:
    """Uniform weights of Glorot & Bengio 2010 and zero biases, the same in both frameworks."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
