"""From a source to the batches of a game's turns: which sample, latent and number comes when, in any framework.

Which sample comes when is a function of the seed alone. The twins of this file hold small sets on the training device
and decode what streams in.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from mulligan.train.readers import Readers

Batch = dict[str, Any]  # names -> tensors
Pictures = Callable[[int], Generator[Batch]]


@dataclass
class Feed:
    """Yields, for each round of turns, one batch per turn; the twins say how arrays come to the device."""

    game: Any
    draws: Any
    pictures: Pictures  # from so many images on, one batch of real samples after another
    batch_size: int
    latent: int
    device: Any
    augment_uniforms: int = 0
    mirror: bool = False

    def rounds(self, images: int) -> Generator[list[Batch]]:
        """The rounds of an endless run, from ``images`` on."""
        start = images
        with closing(self.pictures(images)) as pictures:
            while True:
                batches: list[Batch] = []
                for turn in self.game.turns:
                    if turn.fresh_batch:
                        real = self._mirrored(next(pictures), start)
                        start += self.batch_size
                    batches.append(real | self._drawn(turn, start - self.batch_size))
                yield batches

    def _drawn(self, turn: Any, start: int) -> Batch:
        drawn = self.game.draw(turn, self.draws, start, self.batch_size, self.latent)
        if self.augment_uniforms:
            for name in self.game.samples:
                stream = f"{turn.player}/augment/{name}"
                drawn[f"augment/{name}"] = self.draws.uniform(stream, start, self.batch_size, (self.augment_uniforms,))
        return {name: self.to_device(array) for name, array in drawn.items()}

    def _mirrored(self, batch: Batch, start: int) -> Batch:
        if not self.mirror:
            return batch
        flip = self.to_device(self.draws.uniform("mirror", start, self.batch_size) < 0.5)
        return batch | {"real": self.flipped(batch["real"], flip)}

    def to_device(self, array: np.ndarray) -> Any:
        """An array as a tensor on the device."""
        raise NotImplementedError

    def flipped(self, real: Any, flip: Any) -> Any:
        """The pictures for which ``flip`` [n] holds, left to right; the others as they are."""
        raise NotImplementedError


def gathered(draws: Any, batch_size: int, length: int, gather: Callable[[np.ndarray], Batch]) -> Pictures:
    """Batches of samples that lie on the device; ``gather`` makes one of their indices."""

    def pictures(images: int) -> Generator[Batch]:
        for indices in _orders(draws, images, batch_size, length):
            yield gather(indices)

    return pictures


def read_ahead(
    source: Any,
    draws: Any,
    batch_size: int,
    decode: Callable[[dict[str, np.ndarray]], Batch],
    *,
    workers: int,
    tell: Callable[[str], None],
) -> Pictures:
    """Batches that worker processes read, a few ahead; ``decode`` makes them of arrays that are used again.

    ``tell`` hears of processes that died and of pictures that cannot be read any more.
    """

    def pictures(images: int) -> Generator[Batch]:
        told = len(source.lost)
        for read in _read(source, _orders(draws, images, batch_size, len(source)), workers, tell):
            batch = decode(read)
            for place in list(source.lost)[told:]:
                tell(f"lost, and another one takes its place: {source.lost[place]}")
            told = len(source.lost)
            yield batch

    return pictures


def _orders(draws: Any, images: int, batch_size: int, length: int) -> Iterator[np.ndarray]:
    while True:
        yield draws.order(images, batch_size, length)
        images += batch_size


def _read(source: Any, orders: Iterator[np.ndarray], workers: int, tell: Callable[[str], None]) -> Iterator[dict]:
    if workers:
        yield from Readers(source, orders, workers=workers, tell=tell)
    for indices in orders:
        yield source.read(indices)
