"""The plain convolutional critic in PyTorch."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from mulligan.critique import Critique
from mulligan.networks import convcritic
from mulligan.networks._convolution_torch import Conv2d
from mulligan.networks._labels_torch import one_hot


class Critic(nn.Module):
    """Pictures [n, c, h, w] -> one score each."""

    def __init__(self, spec: convcritic.Critic) -> None:
        super().__init__()
        self.spec = spec
        self.conv = nn.ModuleList(
            Conv2d(a, b, kernel_size=convcritic.KERNEL, stride=convcritic.STRIDE)
            for a, b in pairwise((spec.channels + spec.labels, *spec.widths))
        )
        self.dropout = nn.Dropout(spec.dropout)
        self.head = nn.Linear(spec.widths[-1] * math.prod(spec.maps[-1]), 1)
        for layer in (*self.conv, self.head):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, view: Tensor, label: Tensor | None = None, condition: Tensor | None = None) -> Critique:
        h, features = view, []
        if self.spec.labels:
            maps = one_hot(label, self.spec.labels, view)[:, :, None, None].expand(-1, -1, *view.shape[2:])
            h = torch.cat([view, maps], dim=1)
        for conv, (rows, columns) in zip(self.conv, self.spec.paddings, strict=True):
            h = self.dropout(leaky_relu(conv(pad(h, (*columns, *rows))), self.spec.slope))
            features.append(h)
        return Critique(self.head(h.flatten(1)).squeeze(1), tuple(features))
