"""The whole state of a step as named numpy arrays, and back: weights, buffers, averages, optimizers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from mulligan.train import _step_state
from mulligan.train._fit import matching, refuse_misfit

Arrays = dict[str, np.ndarray]


def network_arrays(network: nn.Module) -> Arrays:
    """Weights and buffers by name."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def load_network(network: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Set weights and buffers; RunError when names or shapes are not those of the network."""
    refuse_misfit(_shapes(network), arrays)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


def step_arrays(step: Any) -> Arrays:
    """All that a step must have back to go on exactly as before."""
    return _step_state.arrays_of(step, network_arrays, _optimizer_arrays)


def load_step(step: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Give a freshly built step the state that ``step_arrays`` wrote."""
    _step_state.load_networks(step, arrays, load_network)
    for role, optimizer in step.optimizers.items():
        weights = step.networks[role].named_parameters()
        for weight, saved in _step_state.optimizer_numbers(role, weights, arrays):
            optimizer.state[weight] = {key: _to(array, key, weight.device, optimizer) for key, array in saved.items()}


def _to(array: np.ndarray, key: str, device: torch.device, optimizer: torch.optim.Optimizer) -> torch.Tensor:
    # Adam keeps its step counter on the CPU unless it is fused.
    stays = key == "step" and not optimizer.defaults.get("fused")
    return torch.from_numpy(array.copy()).to("cpu" if stays else device)


def _optimizer_arrays(step: Any, role: str) -> Arrays:
    state = step.optimizers[role].state
    return {
        f"{name}//{key}": tensor.detach().cpu().numpy().copy()
        for name, weight in step.networks[role].named_parameters()
        for key, tensor in state.get(weight, {}).items()
    }


def take_matching(network: nn.Module, arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Take over the arrays whose name and shape are the network's own; returns the names left as they were."""
    fit = matching(_shapes(network), arrays)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in fit.items()}, strict=False)
    return [name for name in network.state_dict() if name not in fit]


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
