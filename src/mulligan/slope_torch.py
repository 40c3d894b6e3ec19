"""The slope of a network at its input: a backward pass that wants no gradients of weights.

PyTorch tells its own functions so; one written in Python hears it here, and spares itself the work.
"""

import threading

import torch
from torch import Tensor

_of_this_thread = threading.local()  # which is the one that goes backwards, on a CPU


def slope(total: Tensor, x: Tensor) -> Tensor:
    """The gradient of a scalar at ``x``, itself differentiable."""
    before, _of_this_thread.taken = is_taken(), True
    try:
        return torch.autograd.grad(total, x, create_graph=True)[0]
    finally:
        _of_this_thread.taken = before


def is_taken() -> bool:
    """Whether the backward pass of this moment is one for a slope."""
    return getattr(_of_this_thread, "taken", False)
