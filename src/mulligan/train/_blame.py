"""The order in which one looks for numbers that are not finite, and the sentences; each framework says how to look."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Named = Iterable[tuple[str, Any]]  # names and tensors; where there is none, None


class Played(NamedTuple):
    """A turn that was played once more: the layers that gave such numbers, in words, its terms, and its gradients."""

    answers: Sequence[str]
    terms: Named
    gradients: Named


def first_blamed(
    turn: Any,
    parts: Sequence[Mapping[str, Any]],
    weights: Mapping[str, Named],
    play: Callable[[], Played],
    finite: Callable[[Any], bool],
) -> str:
    """The first of these that is not finite: the batch, a weight, a layer's answer, a term, a gradient; in words.

    ``weights`` are those of each network, with what it keeps beside them; ``play`` is asked where these are finite.
    """

    def first(named: Named) -> str | None:
        return next((name for name, tensor in named if tensor is not None and not finite(tensor)), None)

    during = f"in the {turn.player}'s turn"
    if name := first(pair for part in parts for pair in part.items()):
        return f"{during} the batch's {name!r} holds numbers that are not finite"
    for role, named in weights.items():
        if name := first(named):
            return f"{during} the weight {name!r} of the {role} is not finite"
    answers, terms, gradients = play()
    bad = [f"the term {name} is {float(value)}" for name, value in terms if not finite(value)]
    if found := [*answers[:1], *bad[:1]]:
        return f"{during} {', and '.join(found)}"
    name = first(gradients)
    return f"{during} the gradient of {name or 'all weights together'!r} of the {turn.player} is not finite"


def gives(role: str, layer: str | None) -> str:
    """What is said of a layer's answer, or of that of a whole network."""
    what = f"the layer {layer!r} of the {role}" if layer else f"the {role}"
    return f"{what} gives numbers that are not finite"
