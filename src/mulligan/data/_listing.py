"""What a source of data looks like before anything is decoded: encoded pictures with names, or arrays."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from mulligan.data._damage import reading


@dataclass(frozen=True)
class Modes:
    """The truth behind a toy set: where its Gaussians are, how wide they are, and which one made each point."""

    centers: np.ndarray  # [k, d]
    deviation: float
    index: np.ndarray  # [n]


@dataclass(kw_only=True)
class Listing(ABC):
    """Facts that every source has; ``files`` are all the files that its content depends on, by a name that moves along.

    ``splits`` are the ones that the source itself defines; any other split is all of it. ``split`` was asked for.
    """

    kind: str
    where: str
    files: Mapping[str, Path] = field(default_factory=dict)
    splits: tuple[str, ...] = ()
    split: str = "train"
    class_names: tuple[str, ...] = ()
    unlabelled: str = ""  # why labels that are there are no classes
    licence: str = "not stated"
    notes: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def part(self) -> str:
        """What a sentence about damage names: the source, and which split of it where that is not the usual one."""
        return f"the test split of {self.where}" if self.split == "test" and "test" in self.splits else self.where

    @abstractmethod
    def __len__(self) -> int: ...


@dataclass(kw_only=True)
class Pictures(Listing):
    """Picture files in a fixed order, read one at a time; ``labels`` [n] index ``class_names``."""

    names: Sequence[str]
    labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.names)

    @abstractmethod
    def content(self, index: int) -> bytes:
        """The bytes of one picture file; BadPicture when they cannot be read."""


@dataclass(kw_only=True)
class Arrays(Listing):
    """Decoded samples of equal ``shape``: uint8 pictures (h, w, c) or float32 points (d,)."""

    count: int
    shape: tuple[int, ...]
    modes: Modes | None = None

    def __len__(self) -> int:
        return self.count

    @cached_property
    def loaded(self) -> tuple[np.ndarray, np.ndarray | None]:
        """What ``load`` gives, unpacked once; DataError when the files are damaged."""
        with reading(self.part):
            return self.load()

    @abstractmethod
    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The samples [n, ...] and, where there are classes, int64 labels [n]."""


@dataclass(kw_only=True)
class InMemory(Arrays):
    """Arrays that are made or embedded rather than read from the user's files."""

    samples: np.ndarray
    labels: np.ndarray | None = None

    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        return self.samples, self.labels
