"""Batch norm whose mean and variance are those of all processes' rows: the numbers of one process with all of them.

torch.nn.SyncBatchNorm needs graphics cards and cannot go backwards twice; this one can, and runs on CPUs too.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class SynchronizedBatchNorm(_BatchNorm):
    """Takes the place of a batch norm, with its weights; ``group`` has the mean over the processes."""

    def __init__(self, like: _BatchNorm, group: Any) -> None:
        super().__init__(like.num_features, like.eps, like.momentum, like.affine, like.track_running_stats)
        self.weight, self.bias = like.weight, like.bias
        self.running_mean, self.running_var = like.running_mean, like.running_var
        self.num_batches_tracked = like.num_batches_tracked
        self.training, self.group = like.training, group

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, ...] -> the same shape."""
        if not self.training:
            return super().forward(x)
        across = [0, *range(2, x.ndim)]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        wide = x.float()
        mean = self.group.mean(wide.mean(across))
        centered = wide - mean.view(shape)
        variance = self.group.mean((centered**2).mean(across))
        if self.track_running_stats and self.running_mean is not None:
            self._track(mean.detach(), variance.detach(), self.group.size * x.numel() // x.shape[1])
        normal = centered * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(x.dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        pass

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """As torch does: the variance without the bias of its estimate."""
        assert self.num_batches_tracked is not None and self.running_mean is not None and self.running_var is not None
        self.num_batches_tracked.add_(1)
        share = self.momentum if self.momentum is not None else 1 / self.num_batches_tracked.item()
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * count / max(count - 1, 1), share)


def synchronize(network: nn.Module, group: Any) -> None:
    """Let every batch norm inside ``network`` use the rows of all processes."""
    for name, child in network.named_children():
        if isinstance(child, _BatchNorm):
            setattr(network, name, SynchronizedBatchNorm(child, group))
        else:
            synchronize(child, group)
