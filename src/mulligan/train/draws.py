"""Counter-based random numbers: each sample's draw depends on (seed, stream, its place in the run) and on nothing else.

So a resumed run draws what the unbroken one would have, and a batch split over processes draws what one process would.
"""

import hashlib
import threading
from collections.abc import Callable
from functools import lru_cache

import numpy as np

# Numbers are drawn in blocks of samples, each from its own counter; a batch takes the rows that it needs. The value is
# part of the definition of every run: never change it.
BLOCK = 64


class Draws:
    """Streams of random numbers under one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def normal(self, stream: str, start: int, count: int, shape: tuple[int, ...] = ()) -> np.ndarray:
        """Standard normal numbers for samples start .. start + count - 1: float32 [count, *shape]."""
        return self._rows(stream, start, count, lambda g: g.standard_normal((BLOCK, *shape), dtype=np.float32))

    def uniform(self, stream: str, start: int, count: int, shape: tuple[int, ...] = ()) -> np.ndarray:
        """Uniform numbers on [0, 1): float32 [count, *shape]."""
        return self._rows(stream, start, count, lambda g: g.random((BLOCK, *shape), dtype=np.float32))

    def order(self, start: int, count: int, length: int) -> np.ndarray:
        """Which of ``length`` items the samples start .. start + count - 1 are: a new permutation each epoch, int64."""
        return _rows_of(lambda epoch: _permutation(self.seed, epoch, length), length, start, count)

    def _rows(
        self, stream: str, start: int, count: int, draw: Callable[[np.random.Generator], np.ndarray]
    ) -> np.ndarray:
        return _rows_of(lambda block: draw(_generator(self.seed, stream, block)), BLOCK, start, count)


class Share(Draws):
    """The draws of one process of several: of each batch that is asked for, the rows of that process.

    A batch has ``parts`` equal parts, whose gradients are summed, and each part ``processes`` equal shares: so a part
    has the same samples however many processes there are.
    """

    def __init__(self, seed: int, rank: int, processes: int, parts: int = 1) -> None:
        super().__init__(seed)
        self._rank, self._processes, self._batch_parts = rank, processes, parts

    def normal(self, stream: str, start: int, count: int, shape: tuple[int, ...] = ()) -> np.ndarray:
        """This process's rows of what `Draws` draws: float32 [count / processes, *shape]."""
        return self._own(lambda first, rows: super(Share, self).normal(stream, first, rows, shape), start, count)

    def uniform(self, stream: str, start: int, count: int, shape: tuple[int, ...] = ()) -> np.ndarray:
        """This process's rows of what `Draws` draws: float32 [count / processes, *shape]."""
        return self._own(lambda first, rows: super(Share, self).uniform(stream, first, rows, shape), start, count)

    def order(self, start: int, count: int, length: int) -> np.ndarray:
        """Which of ``length`` items this process's samples are: int64 [count / processes]."""
        return self._own(lambda first, rows: super(Share, self).order(first, rows, length), start, count)

    def _own(self, draw: Callable[[int, int], np.ndarray], start: int, count: int) -> np.ndarray:
        part, share = count // self._batch_parts, count // self._batch_parts // self._processes
        firsts = range(start + self._rank * share, start + count, part)
        return np.concatenate([draw(first, share) for first in firsts])


def seed_of(seed: int, images: int, rank: int) -> int:
    """Seed of the framework's own generators in the step after so many images of one process: below 2**56."""
    place = f"{seed}/{images}/{rank}" if rank else f"{seed}/{images}"
    return int.from_bytes(hashlib.blake2b(place.encode(), digest_size=7).digest(), "little")


def _rows_of(block: Callable[[int], np.ndarray], length: int, start: int, count: int) -> np.ndarray:
    """Rows start .. start + count - 1 of an endless array whose blocks of ``length`` rows are made by ``block``."""
    first, last = start // length, max(start, start + count - 1) // length
    rows = np.concatenate([block(index) for index in range(first, last + 1)])
    return rows[start - first * length :][:count]


@lru_cache(maxsize=4)  # two epochs each of two runs: a batch may lie across their border
def _permutation(seed: int, epoch: int, length: int) -> np.ndarray:
    return _generator(seed, "order", epoch).permutation(length)


def _generator(seed: int, stream: str, block: int) -> np.random.Generator:
    """The thread's own generator, set to the beginning of a block: to make one takes ten times as long."""
    if not hasattr(_here, "generator"):
        _here.generator = np.random.Generator(np.random.Philox(0))
    # Philox is counter-based: the block number goes to a high word, which leaves 2^128 draws to each block.
    place = {"counter": np.array([0, 0, block, 0], np.uint64), "key": _key(seed, stream)}
    _here.generator.bit_generator.state = _UNUSED | {"state": place}
    return _here.generator


_here = threading.local()
_UNUSED = {"bit_generator": "Philox", "buffer": np.zeros(4, np.uint64), "buffer_pos": 4, "has_uint32": 0, "uinteger": 0}


@lru_cache(maxsize=256)
def _key(seed: int, stream: str) -> np.ndarray:
    digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=16).digest()
    return np.frombuffer(digest, "<u8").astype(np.uint64)
