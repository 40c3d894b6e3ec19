"""From a source to the batches of a game's turns, on the device.

Small sets live whole on the training device as raw numbers, and a batch is one gather; large ones stream through worker
processes in the same order.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mulligan.train import feed
from mulligan.train.feed import Batch, Pictures


class Feed(feed.Feed):
    """Yields, for each round of turns, one batch of tensors per turn."""

    def to_device(self, array: np.ndarray) -> Tensor:
        """An array as a tensor on the device."""
        return _on(self.device, torch.from_numpy(array))

    def flipped(self, real: Tensor, flip: Tensor) -> Tensor:
        """The pictures [n, c, h, w] for which ``flip`` [n] holds, left to right; the others as they are."""
        return torch.where(flip.view(-1, 1, 1, 1), real.flip(-1), real)


def resident(
    source: Any, *, draws: Any, batch_size: int, scale: float, offset: float, labels: bool, device: torch.device
) -> Pictures:
    """Hold all samples on the device; returns what ``Feed.pictures`` wants."""
    everything = source.read(np.arange(len(source)))
    raw = channels_first(torch.from_numpy(everything["real"])).to(device)
    label = torch.from_numpy(everything["label"]).to(device) if labels else None

    def gather(order: np.ndarray) -> Batch:
        indices = torch.from_numpy(order).to(device)
        batch = {"real": raw[indices].float().mul_(scale).add_(offset)}
        return batch if label is None else batch | {"label": label[indices]}

    return feed.gathered(draws, batch_size, len(raw), gather)


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

    def decode(read: dict[str, np.ndarray]) -> Batch:
        real = _on(device, channels_first(_kept(read["real"], device))).float().mul_(scale).add_(offset)
        return {"real": real} | ({"label": _on(device, _kept(read["label"], device))} if labels else {})

    return feed.read_ahead(source, draws, batch_size, decode, workers=workers, tell=tell)


def _kept(array: np.ndarray, device: torch.device) -> Tensor:
    """A copy: the array's memory is used again for the batch after the next."""
    return torch.from_numpy(array).pin_memory() if device.type == "cuda" else torch.from_numpy(array).clone()


def _on(device: torch.device, tensor: Tensor) -> Tensor:
    # CUDA alone keeps a copy of what it has not yet fetched; elsewhere the memory may be another tensor's by then.
    return tensor.to(device, non_blocking=device.type == "cuda")


def channels_first(raw: Tensor) -> Tensor:
    """Raw pictures as the networks take them; points as they are."""
    return raw.permute(0, 3, 1, 2).contiguous() if raw.ndim == 4 else raw  # [n, h, w, c] -> [n, c, h, w]
