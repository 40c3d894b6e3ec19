"""The whole state of a step as named numpy arrays, and back, under the names that torch's state has."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mulligan.train import _step_state
from mulligan.train.state_keras import Place, load_network, network_arrays, places

Arrays = dict[str, np.ndarray]


def step_arrays(step: Any) -> Arrays:
    """All that a step must have back to go on exactly as before."""
    return _step_state.arrays_of(step, network_arrays, _optimizer_arrays)


def load_step(step: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Give a freshly built step the state that ``step_arrays`` wrote."""
    _step_state.load_networks(step, arrays, load_network)
    for role, optimizer in step.optimizers.items():
        moving = ((name, (place, slots)) for name, place, slots in _moving(step, role))
        for (place, slots), saved in _step_state.optimizer_numbers(role, moving, arrays):
            for key, variable in slots.items():
                variable.assign(place.inward(saved[key]))
            optimizer.iterations.assign(int(saved["step"]))


def _optimizer_arrays(step: Any, role: str) -> Arrays:
    count = int(step.optimizers[role].iterations)
    if not count:
        return {}
    found: Arrays = {}
    for name, place, slots in _moving(step, role):
        found |= {f"{name}//step": np.asarray(count, np.float32)}
        found |= {f"{name}//{key}": place.outward(variable) for key, variable in slots.items()}
    return found


def _moving(step: Any, role: str) -> Iterator[tuple[str, Place, Mapping[str, Any]]]:
    """The weights of a network that its optimizer moves, and what it knows of each."""
    network = step.networks[role]
    moving = {id(weight) for weight in network.trainable_variables}
    for name, place in places(network).items():
        if id(place.variable) in moving:
            yield name, place, step.optimizers[role].state_of(place.variable)
