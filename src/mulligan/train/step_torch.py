"""One round of turns in PyTorch."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

Scalars = dict[str, Tensor]


class Step:
    """Plays each turn of a game, and moves the network whose turn it is; its opponents are frozen meanwhile."""

    def __init__(
        self,
        *,
        game: Any,
        networks: Mapping[str, nn.Module],
        optimizers: Mapping[str, torch.optim.Optimizer],
        ema: Any,
        view: Callable,
        frozen: Callable,
        bfloat16: bool = False,
        accumulate: int = 1,
        gradient_clip: float | None = None,
        seed: int = 0,
    ) -> None:
        self.game, self.networks, self.optimizers, self.ema = game, networks, optimizers, ema
        self.view, self.frozen, self.bfloat16 = view, frozen, bfloat16
        self.accumulate, self.gradient_clip, self.seed = accumulate, gradient_clip, seed

    def __call__(self, batches: Sequence[Mapping[str, Tensor]], numbers: Mapping[str, float], images: int) -> Scalars:
        """One batch per turn in, the named scalars of all turns out, still on the device."""
        torch.manual_seed(_seed_of(self.seed, images))  # dropout and instance noise; all else comes with the batch
        scalars: Scalars = {}
        for turn, batch in zip(self.game.turns, batches, strict=True):
            with ExitStack() as stack:
                for role, network in self.networks.items():
                    stack.enter_context(self.frozen(network) if role != turn.player else nullcontext())
                scalars |= self._move(turn, batch, numbers)
            self.game.after_update(turn, self.networks)
        self.ema.update(self.networks[self.game.product], numbers["ema_decay"])
        return scalars

    def _move(self, turn: Any, batch: Mapping[str, Tensor], numbers: Mapping[str, float]) -> Scalars:
        optimizer, scalars = self.optimizers[turn.player], {}
        optimizer.zero_grad(set_to_none=True)
        for part in _parts(batch, self.accumulate):
            with torch.autocast(part["z"].device.type, torch.bfloat16, enabled=self.bfloat16):
                terms, estimates = self.game.play(turn, self.networks, part, numbers, partial(self.view, numbers=numbers))
            (sum(terms.values()) / self.accumulate).backward()
            for name, value in [*terms.items(), *((f"estimate/{name}", value) for name, value in estimates.items())]:
                key = f"{turn.player}/{name}"
                scalars[key] = scalars.get(key, 0) + value.detach() / self.accumulate
        if self.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.networks[turn.player].parameters(), self.gradient_clip)
        _set_numbers(optimizer, numbers, turn.player)
        optimizer.step()
        return scalars


def _parts(batch: Mapping[str, Tensor], count: int) -> list[Mapping[str, Tensor]]:
    if count == 1:
        return [batch]
    split = {name: tensor.chunk(count) for name, tensor in batch.items()}
    return [{name: chunks[index] for name, chunks in split.items()} for index in range(count)]


def _set_numbers(optimizer: torch.optim.Optimizer, numbers: Mapping[str, float], player: str) -> None:
    for group in optimizer.param_groups:
        group["lr"] = numbers.get(f"{player}_learning_rate", numbers["learning_rate"])
        if "betas" in group:
            group["betas"] = (group["betas"][0], numbers["beta2"])


def _seed_of(seed: int, images: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{images}".encode(), digest_size=7).digest(), "little")
