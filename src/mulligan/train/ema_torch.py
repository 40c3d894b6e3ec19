"""The moving average of the product's weights (Karras et al. 2018), whose half-life is counted in images."""

import copy

import torch
from torch import nn


class Ema:
    """An averaged copy of a network; with decay 0 it is the network itself."""

    def __init__(self, network: nn.Module) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._averages: list[torch.Tensor] = list(self.network.parameters())

    @torch.no_grad()
    def update(self, network: nn.Module, decay: float) -> None:
        """average = decay * average + (1 - decay) * weights."""
        torch._foreach_lerp_(self._averages, [weight.detach() for weight in network.parameters()], 1 - decay)

    @torch.no_grad()
    def take_buffers(self, network: nn.Module) -> None:
        """Copy what is no weight; batch-norm statistics among it must be measured anew for the averaged weights."""
        for own, theirs in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(theirs)
