"""What a critic returns: critics make one, games and objectives read it."""

from typing import Any, NamedTuple


class Critique(NamedTuple):
    """The judgement of a batch of samples.

    ``score`` has any shape that starts with the batch (one number, a map of patches); ``features`` are the activations
    worth matching; ``class_logits`` are there only where the critic also names classes.
    """

    score: Any
    features: tuple[Any, ...] = ()
    class_logits: Any = None
