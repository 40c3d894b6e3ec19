"""The measures that exist: the dataclasses of this folder's files."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

import numpy as np

from mulligan import catalogue
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features

ASKED_FOR = frozenset({"points", "time"})  # no features have these, so that such a measure is never taken by itself


class Measure(Protocol):
    """A frozen dataclass of a measure's own numbers.

    ``needs`` names the fields of ``Features`` that both sides must have beside their values ("held_out": the real one
    alone; "points": it is for samples whose truth is known; "time": it trains networks; both have to be asked for).
    ``better`` maps each number that it returns to "higher" or "lower"; ``quick`` measures are taken in training too.
    Its own numbers are part of every stamp, and so is its ``version`` (1 where there is none): a class variable to be
    raised when the formula changes.
    """

    needs: ClassVar[frozenset[str]]
    quick: ClassVar[bool]
    better: ClassVar[dict[str, str]]

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        """The numbers, each with its interval."""


def measures() -> Mapping[str, type[Measure]]:
    """Every measure by its file's name."""
    return {file: kind for file in catalogue.listing("metrics") for kind in catalogue.parts("metrics", file).values()}
