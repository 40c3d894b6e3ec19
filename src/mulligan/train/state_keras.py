"""The state of a TensorFlow network as named numpy arrays, and back, under PyTorch's names and in its layouts.

So a file that was written from either framework loads in the other. There is one rule for each type of layer; layers of
other packages tell theirs by a ``torch_layout`` of their own, and those without any keep Keras' names and layouts.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from mulligan.errors import RecipeError
from mulligan.train._fit import matching, refuse_misfit

Arrays = dict[str, np.ndarray]
Layout = dict[str, tuple[str, tuple[int, ...] | None]]

# Keras' name of a variable -> torch's, and the order in which torch has the axes (none: the same).
_BIAS: Layout = {"bias": ("bias", None)}
_CONVOLUTION: Layout = {"kernel": ("weight", (3, 2, 0, 1)), **_BIAS}  # both height, width, *; torch: *, height, width
_LAYOUTS: tuple[tuple[type, Layout], ...] = (
    (keras.layers.Dense, {"kernel": ("weight", (1, 0)), **_BIAS}),
    (keras.layers.Conv2DTranspose, _CONVOLUTION),
    (keras.layers.Conv2D, _CONVOLUTION),
    (keras.layers.Embedding, {"embeddings": ("weight", None)}),
    (
        keras.layers.BatchNormalization,
        {
            "gamma": ("weight", None),
            "beta": ("bias", None),
            "moving_mean": ("running_mean", None),
            "moving_variance": ("running_var", None),
        },
    ),
)


class Place(NamedTuple):
    """A variable, and how its axes lie in torch."""

    variable: keras.Variable
    axes: tuple[int, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """In torch's layout."""
        own = tuple(self.variable.shape)
        return tuple(own[axis] for axis in self.axes) if self.axes else own

    def outward(self, values: Any) -> np.ndarray:
        """Values that lie as the variable does -> a copy in torch's layout."""
        array = np.asarray(values)
        return np.array(array.transpose(self.axes) if self.axes else array, order="C")

    def inward(self, array: np.ndarray) -> np.ndarray:
        """An array in torch's layout -> one that lies as the variable does."""
        return array.transpose(np.argsort(self.axes)) if self.axes else array


def places(network: keras.Model) -> dict[str, Place]:
    """Every weight and buffer of a network by the name that torch gives it; RecipeError where two get the same one."""
    found: dict[str, Place] = {}
    for prefix, layer, variables in _owners(network):
        layout = _layout_of(layer)
        for variable, own in zip(variables, _counted((each.name, "Variable") for each in variables), strict=True):
            name, axes = layout.get(own, (None, None))
            full = f"{prefix}/{own}".strip("/") if name is None else f"{prefix}.{name}".strip(".")
            if full in found:
                raise RecipeError(f"two weights of a network are called {full!r}; give its layers different names")
            found[full] = Place(variable, axes)
    return found


def network_arrays(network: keras.Model) -> Arrays:
    """Weights and buffers by name, in torch's layout."""
    return {name: place.outward(place.variable) for name, place in places(network).items()}


def load_network(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Set weights and buffers; RunError when names or shapes are not those of the network."""
    own = places(network)
    refuse_misfit({name: place.shape for name, place in own.items()}, arrays)
    _assign(own, arrays)


def take_matching(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Take over the arrays whose name and shape are the network's own; returns the names left as they were."""
    own = places(network)
    fit = matching({name: place.shape for name, place in own.items()}, arrays)
    _assign(own, fit)
    return [name for name in own if name not in fit]


def _assign(own: Mapping[str, Place], arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        own[name].variable.assign(own[name].inward(array))


def _layout_of(layer: keras.Layer) -> Layout:
    if (own := getattr(layer, "torch_layout", None)) is not None:
        return own
    return next((layout for kind, layout in _LAYOUTS if isinstance(layer, kind)), {})


def _owners(network: keras.Layer, prefix: str = "") -> Iterator[tuple[str, keras.Layer, list[keras.Variable]]]:
    """Each layer with variables of its own: its dotted place, itself, and those."""
    children = list(network._flatten_layers(include_self=False, recursive=False))
    inherited = {id(variable) for child in children for variable in child.weights}
    own = [variable for variable in network.weights if id(variable) not in inherited]
    if own:
        yield prefix, network, own
    seen: set[int] = set()
    for child, name in zip(children, _counted((each.name, type(each).__name__) for each in children), strict=True):
        if id(child) not in seen:  # a layer that is used twice has its weights once
            seen.add(id(child))
            yield from _owners(child, f"{prefix}.{name}".strip("."))


def _counted(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names of parts of one whole, given with the parts' types, where equal ones are told apart by their number."""
    counts: Counter[str] = Counter()
    for name, kind in named:
        stem = _stem(name, kind)
        yield f"{stem}_{counts[stem]}" if counts[stem] else stem
        counts[stem] += 1


def _stem(name: str, kind: str) -> str:
    """The name; without its number where Keras made it of the type, and counted over the whole program."""
    plain = re.sub(r"[\W_]", "", kind).lower()
    return next((stem for stem in (name, re.sub(r"_\d+$", "", name)) if stem.replace("_", "") == plain), name)
