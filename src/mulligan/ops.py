"""The few tensor verbs that objectives and games need; the framework is found from the tensor.

Arithmetic (``+ - * /``, ``abs``) needs no verb. A verb that only one objective would use does not belong here: that
objective gets twin files instead.
"""

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from mulligan import twins

Tensor = Any


def verbs(thing: Any) -> ModuleType:
    """The verbs of the framework that ``thing`` (a tensor or a network) belongs to."""
    return _verbs_of(thing.__class__)


@cache
def _verbs_of(kind: type) -> ModuleType:
    return twins.twin(__name__, twins.framework_of(kind))


def mean(x: Tensor) -> Tensor:
    """Mean over everything: a scalar."""
    return verbs(x).mean(x)


def mean_of_batch(x: Tensor) -> Tensor:
    """Mean over the batch alone, the rows of all processes: [n, ...] -> [...]."""
    return verbs(x).mean_of_batch(x)


def sum_per_sample(x: Tensor) -> Tensor:
    """Sum over all but the batch: [n, ...] -> [n]."""
    return verbs(x).sum_per_sample(x)


def deviation(x: Tensor) -> Tensor:
    """Standard deviation over everything, all processes too, of the numbers themselves (divided by n): a scalar."""
    return verbs(x).deviation(x)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), without overflow."""
    return verbs(x).softplus(x)


def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return verbs(x).relu(x)


def root(x: Tensor) -> Tensor:
    """Square root whose gradient stays finite at zero."""
    return verbs(x).root(x)


def stop_gradient(x: Tensor) -> Tensor:
    """The same values, cut from their history."""
    return verbs(x).stop_gradient(x)


def per_sample(numbers: Tensor, like: Tensor) -> Tensor:
    """Shape one number per sample, [n], so that it multiplies ``like``, [n, ...]."""
    return verbs(like).per_sample(numbers, like)


def uniform_like(x: Tensor) -> Tensor:
    """Uniform noise on [0, 1) in the shape of ``x``, from the framework's own generator."""
    return verbs(x).uniform_like(x)


def value_and_input_grad(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, Tensor]:
    """``function(x)``, a critique, and the gradient of its summed score at ``x``, itself differentiable."""
    return verbs(x).value_and_input_grad(function, x)


def clip_weights(network: Any, limit: float) -> None:
    """Clamp every weight of a network to [-limit, limit], in place."""
    verbs(network).clip_weights(network, limit)
