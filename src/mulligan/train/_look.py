"""What is seen when the networks of a step are looked at, in any framework."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

Tensor = Any
Labelled = tuple[Tensor, Tensor | None]  # samples or latents, and their labels where the networks are told them


class Look(NamedTuple):
    """Scores [n] that the critic gives, norms [n] of its input gradients on the reals, and the fakes as they are."""

    real: np.ndarray
    fake: np.ndarray
    held_out: np.ndarray | None
    slopes: np.ndarray
    samples: np.ndarray

    def first(self, reals: int, fakes: int, held_out: int) -> "Look":
        """What was seen of so many of each."""
        seen = None if self.held_out is None else self.held_out[:held_out]
        return Look(self.real[:reals], self.fake[:fakes], seen, self.slopes[:reals], self.samples[:fakes])


def parts(samples: Labelled, rows: int) -> Iterator[Labelled]:
    """The samples and their labels, so many rows at once."""
    tensor, label = samples
    for start in range(0, len(tensor), rows):
        yield tensor[start : start + rows], None if label is None else label[start : start + rows]
