"""Several processes that train one model: plain ``torch.distributed``, gloo on CPUs and NCCL on graphics cards.

There is no wrapper around the networks. Gradients are averaged by hand, once per turn, when all parts of a batch have
gone backwards: DistributedDataParallel averages too early, or never, what a penalty on input gradients adds.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.modules.batchnorm import _BatchNorm

from mulligan.errors import DeviceError, TrainingError
from mulligan.train import lifeline
from mulligan.train.group import Alone, Word

ARRIVAL = timedelta(minutes=5)  # for all processes to be there
STUCK = timedelta(minutes=10)  # in the middle of a step; who is dead is known long before
PATIENCE = timedelta(days=1)  # between steps, where the others wait for the leader's files and scores


class Processes(Alone):
    """The processes of a job, one of them this one; DeviceError where the others do not come.

    ``place`` says rank and size, and where the leader is found: host and port.
    """

    def __init__(self, place: Any) -> None:
        self.rank, self.size, self.place = place.rank, place.size, place
        url = f"tcp://{place.host}:{place.port}" if "TORCHELASTIC_RUN_ID" not in os.environ else "env://"
        try:
            store, _, _ = next(rendezvous(url, rank=self.rank, world_size=self.size, timeout=ARRIVAL))
            self._lifeline = _lifeline(store, place)
            dist.init_process_group("gloo", store=store, rank=self.rank, world_size=self.size, timeout=PATIENCE)
        except (RuntimeError, OSError) as error:
            waited = f"{ARRIVAL.total_seconds() / 60:g} minutes"
            raise DeviceError(
                f"rank {self.rank} of {self.size} did not find all others at {place.host}:{place.port} in {waited}; "
                f"start {self.size} processes that reach that place, or unset RANK and WORLD_SIZE for one alone"
            ) from error
        self._steps: Any = None  # the group of the gradients
        self._together = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Alone:
        """A copy of a network is for one process: the average, of which the leader alone makes samples."""
        return Alone()

    def use(self, device: torch.device) -> None:
        """Say, in every process, on which device the gradients are."""
        with self._told():
            backend = "nccl" if device.type == "cuda" else "gloo"
            self._steps = dist.new_group(backend=backend, timeout=STUCK)

    @torch.no_grad()
    def average(self, network: nn.Module, scalars: dict[str, Tensor]) -> dict[str, Tensor]:
        """Means of gradients, running statistics and scalars, in one call; who has no gradient counts as zero."""
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
        statistics = _statistics(network)
        values = list(scalars.values())
        mine = [*gradients, *statistics, *values]
        flat = self._averaged(torch.cat([tensor.flatten() for tensor in mine]))
        pieces = iter(flat.split([tensor.numel() for tensor in mine]))
        for weight in weights:
            weight.grad = next(pieces).view_as(weight).to(weight.dtype)
        for statistic in statistics:
            statistic.copy_(next(pieces).view_as(statistic))
        return {name: next(pieces).view_as(value) for name, value in scalars.items()}

    @contextmanager
    def together(self) -> Iterator[None]:
        """While all processes compute the same: what is taken over a batch is taken over the rows of all."""
        self._together = True
        try:
            yield
        finally:
            self._together = False

    def mean(self, x: Tensor) -> Tensor:
        """The mean over the processes; the leader, who looks at a network between two steps, has no other's rows."""
        return _Mean.apply(x, self) if self._together else x

    def agree(self, word: Word) -> Word:
        """The leader's word."""
        return self._word_of(0, word)

    def first(self, word: Word | None) -> Word | None:
        """The first word that is not None, in the order of ranks; quick where there is none."""
        with self._told():
            somebody = torch.tensor([word is not None], dtype=torch.int32)
            dist.all_reduce(somebody, dist.ReduceOp.MAX)
        if not somebody.item():
            return None
        return next(said for said in [self._word_of(rank, word) for rank in range(self.size)] if said is not None)

    def spread(self, arrays: Callable[[], Mapping[str, np.ndarray]]) -> Mapping[str, np.ndarray]:
        """The leader's named arrays, for the others; nothing for the leader, who has them."""
        mine = {name: np.array(array, order="C") for name, array in arrays().items()} if self.leads else {}
        kinds: Any = self.agree([[name, array.dtype.str, list(array.shape)] for name, array in mine.items()])
        if not self.leads:
            mine = {name: np.empty(shape, dtype) for name, dtype, shape in kinds}
        with self._told():
            for array in mine.values():
                if array.size:
                    dist.broadcast(torch.from_numpy(array.reshape(-1).view(np.uint8)), 0)
        return {} if self.leads else mine

    def leave(self, words: str | None = None) -> None:
        """Let the others go; ``words`` say why, where this process cannot go on."""
        self._lifeline.leave(words)
        if words is None or self._steps is None or dist.get_backend(self._steps) == "gloo":
            dist.destroy_process_group()  # with NCCL it would wait for those that are gone

    def _averaged(self, tensor: Tensor) -> Tensor:
        with self._told():
            dist.all_reduce(tensor, group=self._steps)
        return tensor.div_(self.size)

    def _word_of(self, rank: int, word: Any) -> Any:
        mine = bytearray(json.dumps(word).encode()) if rank == self.rank else bytearray()
        with self._told():
            length = torch.tensor([len(mine)])
            dist.broadcast(length, rank)
            text = torch.frombuffer(mine, dtype=torch.uint8) if mine else torch.empty(int(length), dtype=torch.uint8)
            dist.broadcast(text, rank)
        return json.loads(bytes(text.numpy()))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a collective call says of a dead partner is an address; the lifeline knows who it was."""
        try:
            yield
        except RuntimeError as error:
            if self._lifeline.lost.wait(2 * lifeline.BEAT):
                raise TrainingError(self._lifeline.sentence()) from error
            raise TrainingError(
                f"rank {self.rank} of {self.size} cannot reach the others, who are alive ({error}); "
                "go on from the last checkpoint with mulligan train --resume RUN"
            ) from error


class _Mean(torch.autograd.Function):
    """The mean over the processes is its own adjoint, where what is minimized is the mean of their terms."""

    @staticmethod
    def forward(context: Any, x: Tensor, group: Processes) -> Tensor:
        context.group = group
        return group._averaged(x.detach().clone(memory_format=torch.contiguous_format))

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Mean.apply(gradient, context.group), None


@contextmanager
def joined(place: Any) -> Iterator[Processes]:
    """The group of all processes of a job, for as long as they train together."""
    group = Processes(place)
    try:
        yield group
    except BaseException as error:
        group.leave(str(error) or type(error).__name__)
        raise
    group.leave()


def _statistics(network: nn.Module) -> list[Tensor]:
    """Running statistics of batch norm: each process has seen other rows."""
    norms = [part for part in network.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
    return [t for norm in norms for t in (norm.running_mean, norm.running_var) if t is not None]


def _lifeline(store: Any, place: Any) -> lifeline.Lifeline:
    """The leader says in the store where it is called, and by which password."""
    seconds = ARRIVAL.total_seconds()
    if place.rank == 0:
        password = secrets.token_hex(16)
        with lifeline.listen() as server:
            store.set("mulligan/lifeline", f"{server.getsockname()[1]} {password}")
            lines = lifeline.answered(server, place.size, password, seconds)
    else:
        port, password = store.get("mulligan/lifeline").decode().split()
        lines = lifeline.called(place.host, int(port), place.rank, password, seconds)
    return lifeline.Lifeline(lines, place.rank, place.size)
