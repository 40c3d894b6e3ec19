"""From a source to the batches of a game's turns, on the device.

Small sets live whole on the training device as raw numbers, and a batch is one gather; large ones stream through worker
processes in the same order. Which sample comes when is a function of the seed alone.
"""

import signal
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Batch = dict[str, Tensor]
Pictures = Callable[[int], Iterator[Batch]]


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
        pictures, start = self.pictures(images), images
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

    def pictures(images: int) -> Iterator[Batch]:
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
) -> Pictures:
    """Read samples in worker processes, a few batches ahead; returns what ``Feed.pictures`` wants."""

    def orders(images: int) -> Iterator[np.ndarray]:
        while True:
            yield draws.order(images, batch_size, len(source))
            images += batch_size

    def pictures(images: int) -> Iterator[Batch]:
        # batch_size=None: each item of the sampler is a whole batch of indices, which the source reads at once.
        loader: DataLoader = DataLoader(
            _Reader(source),
            sampler=orders(images),
            batch_size=None,
            num_workers=workers,
            pin_memory=device.type == "cuda",
            worker_init_fn=_deaf,
        )
        for read in loader:
            real = _on(device, channels_first(read["real"])).float().mul_(scale).add_(offset)
            yield {"real": real} | ({"label": _on(device, read["label"])} if labels else {})

    return pictures


def _deaf(worker: int) -> None:
    """A signal to the whole group of processes is the trainer's to answer, who still needs its readers until it has."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


class _Reader(Dataset):
    """What a DataLoader calls a dataset."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def __getitem__(self, indices: np.ndarray) -> dict[str, Tensor]:
        return {name: torch.from_numpy(array) for name, array in self.source.read(indices).items()}


def _on(device: torch.device, tensor: Tensor) -> Tensor:
    # CUDA alone keeps a copy of what it has not yet fetched; elsewhere the memory may be another tensor's by then.
    return tensor.to(device, non_blocking=device.type == "cuda")


def channels_first(raw: Tensor) -> Tensor:
    """Raw pictures as the networks take them; points as they are."""
    return raw.permute(0, 3, 1, 2).contiguous() if raw.ndim == 4 else raw  # [n, h, w, c] -> [n, c, h, w]
