"""One round of turns in PyTorch."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mulligan.train.blame_torch import blame
from mulligan.train.draws import seed_of
from mulligan.train.gradients_torch import gradient_norm, must_not_move
from mulligan.train.group import Alone
from mulligan.train.loop import diverged
from mulligan.train.one_pass_torch import OnePass

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
        group: Any = None,
    ) -> None:
        self.game, self.networks, self.optimizers, self.ema = game, networks, optimizers, ema
        self.view, self.frozen, self.accumulate = view, frozen, accumulate
        self.gradient_clip, self.seed, self.group = gradient_clip, seed, group or Alone()
        self.players = {role: partial(_in_bfloat16, net) for role, net in networks.items()} if bfloat16 else networks
        self.generator = OnePass(self.players[game.product])

    def __call__(self, batches: Sequence[Mapping[str, Tensor]], numbers: Mapping[str, float], images: int) -> Scalars:
        """One batch per turn in, the named scalars of each player's last turn out, still on the device."""
        # Dropout and instance noise; all else is drawn.
        _seed(_device_of(batches[0]), seed_of(self.seed, images, self.group.rank))
        scalars: Scalars = {}
        with closing(self._turns()) as turns:
            for (turn, players, free), batch in zip(turns, batches, strict=True):
                with ExitStack() as opponents:
                    for role in self.networks.keys() - free:
                        opponents.enter_context(self.frozen(self.networks[role]))
                    scalars |= _with_largest_norm(scalars, self._move(turn, players, batch, numbers, images))
                self.game.after_update(turn, self.networks)
        self.ema.update(self.networks[self.game.product], numbers["ema_decay"])
        return scalars

    def _turns(self) -> Generator[tuple[Any, Mapping[str, Any], set[str]]]:
        """Each turn, who plays it, and who is not frozen: the generator neither, where its pass is for two turns.

        Batches in parts are for want of memory, and what is kept for the second turn would be that of all parts.
        """
        turns, product = self.game.turns, self.game.product
        is_kept = False
        try:
            for turn, following in zip(turns, (*turns[1:], None), strict=True):
                takes_over, is_kept = is_kept, self._is_kept(turn, following)
                said = self.generator.say if is_kept else self.generator.say_again
                players = {**self.players, product: said} if is_kept or takes_over else self.players
                yield turn, players, {turn.player, product} if is_kept else {turn.player}
        finally:
            self.generator.said.clear()  # with a graph behind it

    def _is_kept(self, turn: Any, following: Any) -> bool:
        """Whether the generator's answers in a turn, in which it does not move, are those of the turn of its own."""
        if self.accumulate > 1 or following is None or following.fresh_latents:
            return False
        return following.player == self.game.product and turn.player != self.game.product

    def _move(self, turn: Any, players: Mapping, batch: Mapping, numbers: Mapping[str, float], images: int) -> Scalars:
        optimizer, view = self.optimizers[turn.player], partial(self.view, numbers=numbers)
        optimizer.zero_grad(set_to_none=True)
        scalars: Scalars = {}
        for part in _parts(batch, self.accumulate):
            with self.group.together():
                terms, estimates = self.game.play(turn, players, part, numbers, view)
                (sum(terms.values()) / self.accumulate).backward()
            for name, value in (terms | {f"estimate/{name}": value for name, value in estimates.items()}).items():
                share = value.detach() / self.accumulate
                scalars[f"{turn.player}/{name}"] = scalars.get(f"{turn.player}/{name}", 0) + share
        scalars = self.group.average(self.networks[turn.player], scalars)
        norm = gradient_norm(self.networks[turn.player], self.gradient_clip)
        if must_not_move(optimizer, norm):
            parts = _parts(batch, self.accumulate)
            raise diverged(blame(self.game, turn, self.players, self.networks, parts, numbers, view), images)
        scalars[f"{turn.player}/signal/gradient_norm"] = norm
        _set_numbers(optimizer, numbers, turn.player)
        optimizer.step()
        return scalars


def _with_largest_norm(before: Scalars, moved: Scalars) -> Scalars:
    """The scalars of a turn; of all turns of a player the largest gradient, so that none that is not finite is lost."""
    names = [name for name in moved if "/signal/" in name and name in before]
    return moved | {name: torch.maximum(before[name], moved[name]) for name in names}


def _parts(batch: Mapping[str, Tensor], count: int) -> list[Mapping[str, Tensor]]:
    if count == 1:
        return [batch]
    split = {name: tensor.chunk(count) for name, tensor in batch.items()}
    return [{name: chunks[index] for name, chunks in split.items()} for index in range(count)]


def _in_bfloat16(network: nn.Module, *inputs: Tensor, **others: Any) -> Any:
    """The network's answer in float32, computed in bfloat16: losses and penalties need the digits of float32."""
    with torch.autocast(inputs[0].device.type, torch.bfloat16):
        answer = network(*inputs, **others)
    return _float32(answer)


def _float32(answer: Any) -> Any:
    """A tensor, or a critique of tensors, in float32."""
    if isinstance(answer, Tensor):
        return answer.float()
    if isinstance(answer, tuple):
        parts = map(_float32, answer)
        return type(answer)(*parts) if hasattr(answer, "_fields") else tuple(parts)
    return answer


def _set_numbers(optimizer: torch.optim.Optimizer, numbers: Mapping[str, float], player: str) -> None:
    for group in optimizer.param_groups:
        group["lr"] = numbers.get(f"{player}_learning_rate", numbers["learning_rate"])
        if "betas" in group:
            group["betas"] = (group["betas"][0], numbers["beta2"])


def _device_of(batch: Mapping[str, Tensor]) -> torch.device:
    return next(iter(batch.values())).device


def _seed(device: torch.device, seed: int) -> None:
    """Seed the generator of one device: asking torch to seed all of them costs a millisecond, more than a tiny step."""
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    elif device.type == "cuda":
        torch.cuda.default_generators[device.index].manual_seed(seed)  # torch.cuda.manual_seed means the current card
    else:
        torch.get_device_module(device).manual_seed(seed)
