"""The verbs of ``mulligan.ops``, which says what each does, in PyTorch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from mulligan.slope_torch import slope

__all__ = [
    "clip_weights",
    "deviation",
    "mean",
    "mean_of_batch",
    "per_sample",
    "relu",
    "root",
    "softplus",
    "stop_gradient",
    "sum_per_sample",
    "uniform_like",
    "value_and_input_grad",
]


# The mean of a tensor over the processes that train together; None where there is one.
_over_processes: Callable[[Tensor], Tensor] | None = None


def share_means(over_processes: Callable[[Tensor], Tensor] | None) -> None:
    """Let what is taken over a batch be taken over the rows of all processes, from now on; None for one process."""
    global _over_processes
    _over_processes = over_processes


def mean(x: Tensor) -> Tensor:
    return x.mean()


def mean_of_batch(x: Tensor) -> Tensor:
    return _over_processes(x.mean(0)) if _over_processes else x.mean(0)


def sum_per_sample(x: Tensor) -> Tensor:
    return x.flatten(1).sum(1) if x.ndim > 1 else x


def deviation(x: Tensor) -> Tensor:
    if _over_processes is None:
        return x.std(correction=0)
    return _over_processes(((x - _over_processes(x.mean())) ** 2).mean()).sqrt()


def root(x: Tensor) -> Tensor:
    # The gradient of a bare root at zero is infinite, and a critic that ignores its input has a gradient of zero.
    return (x + 1e-12).sqrt()


def stop_gradient(x: Tensor) -> Tensor:
    return x.detach()


def per_sample(numbers: Tensor, like: Tensor) -> Tensor:
    return numbers.to(like.dtype).view(-1, *[1] * (like.ndim - 1))


def uniform_like(x: Tensor) -> Tensor:
    return torch.rand_like(x)


def value_and_input_grad(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, Tensor]:
    x = x.detach().requires_grad_()
    value = function(x)
    return value, slope(value.score.sum(), x)


@torch.no_grad()
def clip_weights(network: nn.Module, limit: float) -> None:
    for weight in network.parameters():
        if weight.requires_grad:  # layers that were frozen for good stay as they are
            weight.clamp_(-limit, limit)
