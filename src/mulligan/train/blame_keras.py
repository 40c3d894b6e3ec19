"""Where numbers that are not finite come from, looked for once it is known that there are some."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from mulligan.train.state_keras import places

Tensor = Any


def blame(
    game: Any,
    turn: Any,
    players: Mapping[str, Any],
    networks: Mapping[str, keras.Model],
    parts: Sequence[Mapping[str, Tensor]],
    numbers: Mapping[str, float],
    view: Any,
) -> str:
    """The first of these that is not finite: the batch, a weight, a layer's answer, a term, a gradient; in words.

    The batch comes in the parts that it was taken in: the whole of it may not fit into the memory.
    """
    during = f"in the {turn.player}'s turn"
    if names := [name for part in parts for name, tensor in part.items() if not _finite(tensor)]:
        return f"{during} the batch's {names[0]!r} holds numbers that are not finite"
    for role, network in networks.items():
        if name := _first((name, place.variable.value) for name, place in places(network).items()):
            return f"{during} the weight {name!r} of the {role} is not finite"
    weights = {name: place.variable.value for name, place in places(networks[turn.player]).items()}
    bad: list[str] = []
    with _listening(networks) as answers:
        for part in parts:
            with tf.GradientTape() as tape:
                terms = game.play(turn, players, part, numbers, view).terms
                total = sum(terms.values())
            bad += [f"the term {name} is {float(value)}" for name, value in terms.items() if not _finite(value)]
            gradients = dict(zip(weights, tape.gradient(total, list(weights.values())), strict=True))
    found = [*answers[:1], *bad[:1]]
    if found:
        return f"{during} {', and '.join(found)}"
    name = _first(gradients.items())
    return f"{during} the gradient of {name or 'all weights together'!r} of the {turn.player} is not finite"


@contextmanager
def _listening(networks: Mapping[str, keras.Model]) -> Iterator[list[str]]:
    """Collects the layers whose answers are not finite, in the order in which they answer."""
    found: list[str] = []
    layers = [(role, network, layer) for role, network in networks.items() for layer in network._flatten_layers()]
    for role, network, layer in layers:
        what = f"the {role}" if layer is network else f"the layer {layer.name!r} of the {role}"
        # Parts answer before the whole, so that the first in the list is where it began. Keras has no hooks, but calls
        # this by its name; its own way to set attributes would look for layers in it.
        noting = _noting(layer.call, found, f"{what} gives numbers that are not finite")
        object.__setattr__(layer, "call", noting)
    try:
        yield found
    finally:
        for _, _, layer in layers:
            vars(layer).pop("call", None)  # a layer may be a part of two networks


def _noting(call: Callable, found: list[str], words: str) -> Callable:
    def noted(*args: Any, **kwargs: Any) -> Any:
        answer = call(*args, **kwargs)
        if tf.is_tensor(answer) and not _finite(answer):
            found.append(words)
        return answer

    return noted


def _first(named: Any) -> str | None:
    return next((name for name, tensor in named if tensor is not None and not _finite(tensor)), None)


def _finite(tensor: Tensor) -> bool:
    return not tensor.dtype.is_floating or bool(tf.reduce_all(tf.math.is_finite(tensor)))
