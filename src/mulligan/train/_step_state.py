"""Where the parts of a step stand in a file: the one place that knows the names, for every framework."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


def arrays_of(
    step: Any, network_arrays: Callable[[Any], Arrays], optimizer_arrays: Callable[[Any, str], Arrays]
) -> Arrays:
    """All that a step must have back to go on exactly as before; the optimizer of a role as ``weight//number``."""
    found = {f"network/{role}": network_arrays(network) for role, network in step.networks.items()}
    found |= {"ema": network_arrays(step.ema.network)}
    found |= {f"optimizer/{role}": optimizer_arrays(step, role) for role in step.optimizers}
    return {f"{place}/{name}": array for place, arrays in found.items() for name, array in arrays.items()}


def load_networks(
    step: Any, arrays: Mapping[str, np.ndarray], load_network: Callable[[Any, Mapping[str, np.ndarray]], None]
) -> None:
    """Give the networks of a step, and the average, what stands there for them."""
    for role, network in step.networks.items():
        load_network(network, _under(f"network/{role}/", arrays))
    load_network(step.ema.network, _under("ema/", arrays))


def optimizer_numbers(
    role: str, names: Iterator[tuple[str, Any]], arrays: Mapping[str, np.ndarray]
) -> Iterator[tuple[Any, Arrays]]:
    """What the optimizer of a role had for each named weight; nothing where no step was made yet."""
    for name, weight in names:
        if saved := _under(f"optimizer/{role}/{name}//", arrays):
            yield weight, saved


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
