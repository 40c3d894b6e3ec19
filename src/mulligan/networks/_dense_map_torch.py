"""The dense layer that a convolutional generator begins with."""

import math

import torch
from torch import Tensor, nn


class DenseMap(nn.Linear):
    """``nn.Linear`` whose answer is a map: [n, features] -> [n, c, h, w], with the same weights and values.

    In training on a CPU, where convolutions are channels-last, the map is so from the start and need not be turned
    around on its way to the first of them, forward and backward. The weight is turned for that, which is cheaper.
    Elsewhere nothing was measured, and a compiler chooses the layout itself.
    """

    def __init__(self, features: int, shape: tuple[int, int, int], bias: bool = True) -> None:
        super().__init__(features, math.prod(shape), bias)
        self.shape = shape

    def forward(self, input: Tensor) -> Tensor:
        """Features [n, features] -> map [n, c, h, w]."""
        is_plain = input.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
        if not (self.training and is_plain) or torch.compiler.is_compiling():
            return super().forward(input).unflatten(1, self.shape)
        channels, height, width = self.shape
        weight, bias = (rows if rows is None else self._by_place(rows) for rows in (self.weight, self.bias))
        flat = nn.functional.linear(input, weight, bias)
        return flat.unflatten(1, (height, width, channels)).permute(0, 3, 1, 2)

    def _by_place(self, rows: Tensor) -> Tensor:
        """The rows of a place side by side, which were those of a channel."""
        return rows.unflatten(0, (self.shape[0], -1)).transpose(0, 1).flatten(0, 1)
