"""The layers of a network, as far as the names of its weights tell."""

from collections.abc import Iterable
from typing import TypeVar

Weight = TypeVar("Weight")


def by_layer(weights: Iterable[tuple[str, Weight]]) -> dict[str, list[Weight]]:
    """Weights, given with their names, by the layer that they are of."""
    layers: dict[str, list[Weight]] = {}
    for name, weight in weights:
        # A normalized weight lies in a module of its own, which is a part of the same layer.
        layer = name.partition(".parametrizations.")[0].removesuffix(".weight").removesuffix(".bias")
        layers.setdefault(layer, []).append(weight)
    return layers
