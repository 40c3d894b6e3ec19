"""The size of a player's gradient: bounded where the recipe says so, and no reason to move where it is no number."""

import math

import torch
from torch import Tensor, nn


def gradient_norm(network: nn.Module, most: float | None = None) -> Tensor:
    """Euclidean norm over all gradients of a network, on their device; larger ones than ``most`` are scaled to it."""
    weights = [weight for weight in network.parameters() if weight.grad is not None]
    norm = nn.utils.get_total_norm([weight.grad for weight in weights if weight.grad is not None])
    # One that is not finite would spread over all weights, and hide where it came from.
    if most is not None and (norm.device.type != "cpu" or math.isfinite(norm)):
        nn.utils.clip_grads_with_norm_(weights, most, norm)
    return norm


def must_not_move(optimizer: torch.optim.Optimizer, norm: Tensor) -> bool:
    """Whether a step would carry numbers that are not finite into the weights.

    On a graphics card the answer would have to be waited for at every step. A fused optimizer looks there itself and
    skips such a step; the loop reads the norm among the other scalars at the next tick, and stops there.
    """
    if norm.device.type == "cpu" or not optimizer.defaults.get("fused"):
        return not math.isfinite(norm)
    # The names under which fused optimizers take what a gradient scaler knows.
    optimizer.grad_scale, optimizer.found_inf = None, norm.isfinite().logical_not().float()  # type: ignore[attr-defined]
    return False
