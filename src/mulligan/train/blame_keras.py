"""Where numbers that are not finite come from, looked for once it is known that there are some."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from mulligan.train._blame import Played, first_blamed, gives
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
    """The first that is not finite, in words: see `first_blamed`.

    The batch comes in the parts that it was taken in: the whole of it may not fit into the memory.
    """
    named = {
        role: [(name, place.variable.value) for name, place in places(network).items()]
        for role, network in networks.items()
    }

    def play() -> Played:
        terms: list[tuple[str, Tensor]] = []
        names, weights = zip(*named[turn.player], strict=True)
        with _listening(networks) as answers:
            for part in parts:
                with tf.GradientTape() as tape:
                    found = game.play(turn, players, part, numbers, view).terms
                    total = sum(found.values())
                terms += found.items()
                gradients = tape.gradient(total, weights)
        return Played(answers, terms, zip(names, gradients, strict=True))

    return first_blamed(turn, parts, named, play, _finite)


@contextmanager
def _listening(networks: Mapping[str, keras.Model]) -> Iterator[list[str]]:
    """Collects the layers whose answers are not finite, in the order in which they answer."""
    found: list[str] = []
    layers = [(role, network, layer) for role, network in networks.items() for layer in network._flatten_layers()]
    for role, network, layer in layers:
        # Parts answer before the whole, so that the first in the list is where it began. Keras has no hooks, but calls
        # this by its name; its own way to set attributes would look for layers in it.
        noting = _noting(layer.call, found, gives(role, None if layer is network else layer.name))
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


def _finite(tensor: Tensor) -> bool:
    return not tensor.dtype.is_floating or bool(tf.reduce_all(tf.math.is_finite(tensor)))
