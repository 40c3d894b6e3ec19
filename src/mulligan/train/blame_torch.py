"""Where numbers that are not finite come from, looked for once it is known that there are some."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mulligan.train._blame import Played, first_blamed, gives


def blame(
    game: Any,
    turn: Any,
    players: Mapping[str, Any],
    networks: Mapping[str, nn.Module],
    parts: Sequence[Mapping[str, Tensor]],
    numbers: Mapping[str, float],
    view: Any,
) -> str:
    """The first that is not finite, in words: see `first_blamed`.

    The batch comes in the parts that it was taken in: the whole of it may not fit into the memory.
    """
    weights = {role: [*net.named_parameters(), *net.named_buffers()] for role, net in networks.items()}

    def play() -> Played:
        terms: list[tuple[str, Tensor]] = []
        with _listening(networks) as answers:
            for part in parts:
                found = game.play(turn, players, part, numbers, view).terms
                terms += [(name, value.detach()) for name, value in found.items()]
        moved = networks[turn.player].named_parameters()
        return Played(answers, terms, ((name, weight.grad) for name, weight in moved))

    return first_blamed(turn, parts, weights, play, _finite)


@contextmanager
def _listening(networks: Mapping[str, nn.Module]) -> Iterator[list[str]]:
    """Collects the layers whose answers are not finite, in the order in which they answer."""
    found: list[str] = []
    with ExitStack() as hooks:
        for role, network in networks.items():
            for name, layer in network.named_modules():
                # Parts answer before the whole, so that the first in the list is where it began.
                handle = layer.register_forward_hook(_note(found, gives(role, name)))
                hooks.callback(handle.remove)
        yield found


def _note(found: list[str], words: str) -> Any:
    def hook(layer: nn.Module, inputs: Any, answer: Any) -> None:
        if isinstance(answer, Tensor) and not _finite(answer):
            found.append(words)

    return hook


def _finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.detach()).all())
