"""What every network with labels asks of them, in any framework."""

from typing import Any

from mulligan.errors import RecipeError


def needed(label: Any, labels: int) -> Any:
    """``label`` itself; a sentence where a network with ``labels`` classes was called without."""
    if label is None:
        raise RecipeError(
            f"This network knows {labels} classes and got no label; pass label=, integers 0 to {labels - 1}."
        )
    return label
