"""The few tensor verbs that objectives and games need; the framework is found from the tensor.

Arithmetic (``+ - * /``, ``abs``) needs no verb. A verb that only one objective would use does not belong here: that
objective gets twin files instead.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

Tensor = Any


def twin(thing: Any) -> ModuleType:
    """The verbs of the framework that ``thing`` (a tensor or a network) belongs to."""
    for kind in type(thing).__mro__:
        if kind.__module__.partition(".")[0] == "torch":
            return import_module("mulligan.ops_torch")
    raise TypeError(f"{type(thing).__name__} is no tensor or network of a framework that Mulligan knows (torch)")


def mean(x: Tensor) -> Tensor:
    """Mean over everything: a scalar."""
    return twin(x).mean(x)


def mean_of_batch(x: Tensor) -> Tensor:
    """Mean over the batch alone: [n, ...] -> [...]."""
    return twin(x).mean_of_batch(x)


def sum_per_sample(x: Tensor) -> Tensor:
    """Sum over all but the batch: [n, ...] -> [n]."""
    return twin(x).sum_per_sample(x)


def deviation(x: Tensor) -> Tensor:
    """Standard deviation over everything: a scalar."""
    return twin(x).deviation(x)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), without overflow."""
    return twin(x).softplus(x)


def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return twin(x).relu(x)


def root(x: Tensor) -> Tensor:
    """Square root whose gradient stays finite at zero."""
    return twin(x).root(x)


def stop_gradient(x: Tensor) -> Tensor:
    """The same values, cut from their history."""
    return twin(x).stop_gradient(x)


def per_sample(numbers: Tensor, like: Tensor) -> Tensor:
    """Shape one number per sample, [n], so that it multiplies ``like``, [n, ...]."""
    return twin(like).per_sample(numbers, like)


def uniform_like(x: Tensor) -> Tensor:
    """Uniform noise on [0, 1) in the shape of ``x``, from the framework's own generator."""
    return twin(x).uniform_like(x)


def value_and_input_grad(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, Tensor]:
    """``function(x)``, a critique, and the gradient of its summed score with respect to ``x``, itself differentiable."""
    return twin(x).value_and_input_grad(function, x)


def clip_weights(network: Any, limit: float) -> None:
    """Clamp every weight of a network to [-limit, limit], in place."""
    twin(network).clip_weights(network, limit)
