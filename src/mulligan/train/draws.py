"""Counter-based random numbers: each sample's draw depends on (seed, stream, its place in the run) and on nothing else.

So a resumed run draws what the unbroken one would have, and a batch split over processes draws what one process would.
"""

import hashlib
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
        """Which of ``length`` items the samples start .. start + count - 1 are: a fresh permutation in each epoch, int64."""
        first, last = start // length, (start + count - 1) // length
        epochs = np.concatenate([self._permutation(epoch, length) for epoch in range(first, last + 1)])
        return epochs[start - first * length :][:count]

    def _rows(self, stream: str, start: int, count: int, draw) -> np.ndarray:  # noqa: ANN001
        first, last = start // BLOCK, (start + count - 1) // BLOCK
        blocks = [draw(self._generator(stream, block)) for block in range(first, last + 1)]
        return np.concatenate(blocks)[start - first * BLOCK :][:count]

    @lru_cache(maxsize=2)  # noqa: B019 -- two epochs of one run; a run has one Draws
    def _permutation(self, epoch: int, length: int) -> np.ndarray:
        return self._generator("order", epoch).permutation(length)

    def _generator(self, stream: str, block: int) -> np.random.Generator:
        # Philox is counter-based: the block number goes to the high words, which leaves 2^128 draws to each block.
        return np.random.Generator(np.random.Philox(key=_key(self.seed, stream), counter=[0, 0, block, 0]))


@lru_cache(maxsize=256)
def _key(seed: int, stream: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=16).digest(), "little")
