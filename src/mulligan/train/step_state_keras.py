"""The whole state of a step as named numpy arrays, and back, under the names that torch's state has."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mulligan.train.state_keras import Place, load_network, network_arrays, places

Arrays = dict[str, np.ndarray]


def step_arrays(step: Any) -> Arrays:
    """All that a step must have back to go on exactly as before."""
    found = {f"network/{role}": network_arrays(network) for role, network in step.networks.items()}
    found |= {"ema": network_arrays(step.ema.network)}
    found |= {f"optimizer/{role}": _optimizer_arrays(step, role) for role in step.optimizers}
    return {f"{place}/{name}": array for place, arrays in found.items() for name, array in arrays.items()}


def load_step(step: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Give a freshly built step the state that ``step_arrays`` wrote."""
    for role, network in step.networks.items():
        load_network(network, _under(f"network/{role}/", arrays))
    load_network(step.ema.network, _under("ema/", arrays))
    for role, optimizer in step.optimizers.items():
        for name, place, slots in _moving(step, role):
            saved = _under(f"optimizer/{role}/{name}//", arrays)  # without a step made there is no state
            for key, variable in slots.items() if saved else ():
                variable.assign(place.inward(saved[key]))
            if saved:
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


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
