"""Whether the tensors of a file are those of a network; the sentences where they are not."""

from collections.abc import Mapping
from typing import Any

from mulligan.errors import RunError

Shapes = dict[str, tuple[int, ...]]


def refuse_misfit(own: Shapes, arrays: Mapping[str, Any]) -> None:
    """RunError when names or shapes of ``arrays`` are not those of the network."""
    given = {name: array.shape for name, array in arrays.items()}
    wrong = sorted(name for name in own | given if own.get(name) != given.get(name))
    if wrong:
        raise RunError(
            f"the file does not fit the network: {len(wrong)} tensors differ, {wrong[0]!r} among them; "
            "use the recipe that it was made with"
        )


def matching(own: Shapes, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays whose name and shape are the network's own; RunError where there is none."""
    fit = {name: array for name, array in arrays.items() if name in own and own[name] == array.shape}
    if not fit:
        advice = "leave --recipe out to take the model's own recipe"
        raise RunError(f"none of the given model's tensors fits the recipe's networks; {advice}")
    return fit
