"""From a source to the batches of a game's turns, on the device.

Small sets live whole on the training device as raw numbers, and a batch is one gather; large ones stream through worker
processes in the same order. Which sample comes when is a function of the seed alone.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mulligan.train.readers import Readers

Batch = dict[str, Tensor]
Pictures = Callable[[int], Generator[Batch]]


@dataclass
class Feed:
    """Yields, for each round of turns, one batch per turn."""

    game: Any
    draws: Any
    pictures: Pictures  # from so many images on, one batch of real samples after another
    batch_size: int
    latent: int
    device: torch.device
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
        return {name: _on(self.device, torch.from_numpy(array)) for name, array in drawn.items()}

    def _mirrored(self, batch: Batch, start: int) -> Batch:
        if not self.mirror:
            return batch
        flip = torch.from_numpy(self.draws.uniform("mirror", start, self.batch_size) < 0.5).to(self.device)
        real = batch["real"]
        return batch | {"real": torch.where(flip.view(-1, 1, 1, 1), real.flip(-1), real)}


def resident(
    source: Any, *, draws: Any, batch_size: int, scale: float, offset: float, labels: bool, device: torch.device
) -> Pictures:
    """Hold all samples on the device; returns what ``Feed.pictures`` wants."""
    everything = source.read(np.arange(len(source)))
    raw = channels_first(torch.from_numpy(everything["real"])).to(device)
    label = torch.from_numpy(everything["label"]).to(device) if labels else None

    def pictures(images: int) -> Generator[Batch]:
        while True:
            indices = torch.from_numpy(draws.order(images, batch_size, len(raw))).to(device)
            batch = {"real": raw[indices].float().mul_(scale).add_(offset)}
            yield batch if label is None else batch | {"label": label[indices]}
            images += batch_size

    return pictures


def streamed(
    source: Any,
    *,
    draws: Any,
    batch_size: int,
    scale: float,
    offset: float,
    labels: bool,
    device: torch.device,
    workers: int,
    tell: Callable[[str], None] = lambda notice: None,
) -> Pictures:
    """Read samples in worker processes, a few batches ahead; returns what ``Feed.pictures`` wants.

    ``tell`` hears of processes that died and of pictures that cannot be read any more.
    """

    def orders(images: int) -> Iterator[np.ndarray]:
        while True:
            yield draws.order(images, batch_size, len(source))
            images += batch_size

    def pictures(images: int) -> Generator[Batch]:
        told = len(source.lost)
        for read in _read(source, orders(images), workers, tell):
            real = _on(device, channels_first(_kept(read["real"], device))).float().mul_(scale).add_(offset)
            for place in list(source.lost)[told:]:
                tell(f"lost, and another one takes its place: {source.lost[place]}")
            told = len(source.lost)
            yield {"real": real} | ({"label": _on(device, _kept(read["label"], device))} if labels else {})

    return pictures


def _read(source: Any, orders: Iterator[np.ndarray], workers: int, tell: Callable[[str], None]) -> Iterator[dict]:
    if workers:
        yield from Readers(source, orders, workers=workers, tell=tell)
    for indices in orders:
        yield source.read(indices)


def _kept(array: np.ndarray, device: torch.device) -> Tensor:
    """A copy: the array's memory is used again for the batch after the next."""
    return torch.from_numpy(array).pin_memory() if device.type == "cuda" else torch.from_numpy(array).clone()


def _on(device: torch.device, tensor: Tensor) -> Tensor:
    # CUDA alone keeps a copy of what it has not yet fetched; elsewhere the memory may be another tensor's by then.
    return tensor.to(device, non_blocking=device.type == "cuda")


def channels_first(raw: Tensor) -> Tensor:
    """Raw pictures as the networks take them; points as they are."""
    return raw.permute(0, 3, 1, 2).contiguous() if raw.ndim == 4 else raw  # [n, h, w, c] -> [n, c, h, w]
