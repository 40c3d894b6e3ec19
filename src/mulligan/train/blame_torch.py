"""Where numbers that are not finite come from, looked for once it is known that there are some."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def blame(
    game: Any,
    turn: Any,
    players: Mapping[str, Any],
    networks: Mapping[str, nn.Module],
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
        if name := _first(network.named_parameters()):
            return f"{during} the weight {name!r} of the {role} is not finite"
    bad: list[str] = []
    with _listening(networks) as answers:
        for part in parts:
            terms = game.play(turn, players, part, numbers, view).terms
            bad += [
                f"the term {name} is {float(value.detach())}" for name, value in terms.items() if not _finite(value)
            ]
    found = [*answers[:1], *bad[:1]]
    if found:
        return f"{during} {', and '.join(found)}"
    name = _first((name, weight.grad) for name, weight in networks[turn.player].named_parameters())
    return f"{during} the gradient of {name or 'all weights together'!r} of the {turn.player} is not finite"


@contextmanager
def _listening(networks: Mapping[str, nn.Module]) -> Iterator[list[str]]:
    """Collects the layers whose answers are not finite, in the order in which they answer."""
    found: list[str] = []
    with ExitStack() as hooks:
        for role, network in networks.items():
            for name, layer in network.named_modules():
                what = f"the layer {name!r} of the {role}" if name else f"the {role}"
                # Parts answer before the whole, so that the first in the list is where it began.
                handle = layer.register_forward_hook(_note(found, f"{what} gives numbers that are not finite"))
                hooks.callback(handle.remove)
        yield found


def _note(found: list[str], words: str) -> Any:
    def hook(layer: nn.Module, inputs: Any, answer: Any) -> None:
        if isinstance(answer, Tensor) and not _finite(answer):
            found.append(words)

    return hook


def _first(named: Any) -> str | None:
    return next((name for name, tensor in named if tensor is not None and not _finite(tensor)), None)


def _finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.detach()).all())
