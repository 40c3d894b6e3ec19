"""Jobs of several processes: which of them this one is, and starting all of them on one machine."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

from mulligan import twins
from mulligan.errors import DeviceError
from mulligan.train.group import Alone

DEFAULT_PORT = 29500  # torchrun's
POLL = 0.1  # seconds
LAST_WORDS = 25.0  # seconds that the others have to say what happened when one is gone
_PARENT = "MULLIGAN_PARENT"
_COMMAND = (sys.executable, "-m", "mulligan")


@dataclass(frozen=True)
class Place:
    """One process of a job: its rank among all, its place on its machine, and where the leader is found."""

    rank: int
    size: int
    local_rank: int
    local_size: int
    host: str
    port: int


def place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """What torchrun or SLURM says of this process; None where it is alone. DeviceError where they say nonsense."""
    if "RANK" in environment and "WORLD_SIZE" in environment:
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    elif "SLURM_PROCID" in environment and "MASTER_ADDR" in environment:  # a batch script of SLURM alone has no address
        names = ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE")
    else:
        return None
    defaults = (None, 1, 0, 1)
    rank, size, local_rank, local_size = map(partial(_number, environment), names, defaults)
    host, port = environment.get("MASTER_ADDR", "127.0.0.1"), _number(environment, "MASTER_PORT", DEFAULT_PORT)
    found = Place(rank, size, local_rank, local_size, host, port)
    if not 0 <= found.rank < found.size:
        raise DeviceError(
            f"{names[0]} is {found.rank} and {names[1]} {found.size}; expected ranks from 0 to below that"
        )
    return found if found.size > 1 else None


def _number(environment: Mapping[str, str], name: str, default: int | None) -> int:
    text = environment.get(name, "" if default is None else str(default))
    if not text.isdigit():
        raise DeviceError(
            f"the environment says {name}={text!r}; expected a whole number, as torchrun and SLURM set it"
        )
    return int(text)


@contextmanager
def joined(framework: str | None) -> Iterator[Any]:
    """The group of processes that this one trains with; DeviceError where the others do not come."""
    if (found := place()) is None:
        yield Alone()
        return
    if os.environ.get(_PARENT):
        threading.Thread(target=_stop_with_the_parent, daemon=True).start()
    module = twins.twin("mulligan.train.processes", twins.choose(framework), instead="train in one process")
    with module.joined(found) as group:
        yield group


def _stop_with_the_parent() -> None:
    """Whoever started us holds the other end of our standard input for as long as he lives."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def leads() -> bool:
    """Whether this process, alone or of several, is the one that tells."""
    found = place()
    return found is None or found.rank == 0


def wanted(processes: int | None) -> bool:
    """Whether this process is to start so many, rather than be one of them."""
    found = place()
    if found and processes not in (None, found.size):
        raise DeviceError(
            f"--processes {processes} stands where torchrun or SLURM started {found.size}; leave --processes out"
        )
    return found is None and processes is not None and processes > 1


def launch(words: Sequence[str], processes: int) -> int:
    """Run ``mulligan`` with these words in so many processes on this machine; returns the exit code of all."""
    with tempfile.TemporaryDirectory() as folder:
        told = [open(f"{folder}/{rank}", "w+b") for rank in range(1, processes)]  # noqa: SIM115, PTH123
        running = [
            _started(words, environment, error)
            for environment, error in zip(environments(processes), [None, *told], strict=True)
        ]
        with _passing_signals_on(running):
            first = _watch(running)
        _tell_what_the_leader_did_not(running, told, first)
        for file in told:
            file.close()
    codes = [process.returncode for process in running if process.returncode]
    return next((code for code in codes if code > 0), 128 - codes[0]) if codes else 0


def environments(processes: int) -> Iterator[dict[str, str]]:
    """What torchrun would set for so many processes on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for rank in range(processes):
        own = shared | {"RANK": rank, "LOCAL_RANK": rank}
        yield dict(os.environ) | {name: str(value) for name, value in own.items()}


def _started(words: Sequence[str], environment: dict[str, str], error: Any) -> subprocess.Popen[bytes]:
    # In a session of its own: a Ctrl-C in the terminal reaches the parent alone, which passes it on once.
    command = [*_COMMAND, *words]
    output = None if error is None else subprocess.DEVNULL
    return subprocess.Popen(
        command,
        env=environment | {_PARENT: "1"},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=error,
        start_new_session=True,
    )


@contextmanager
def _passing_signals_on(running: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    def pass_on(number: int, frame: FrameType | None) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(running: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Wait for all; once one has failed, whose rank is returned, the others have seconds to say so, and are ended."""
    first, until = None, 0.0
    while any([process.poll() is None for process in running]):  # noqa: C419 -- each of them must be asked
        time.sleep(POLL)
        failed = [rank for rank, process in enumerate(running) if process.returncode]
        if first is None and failed:
            first, until = failed[0], time.monotonic() + LAST_WORDS
        if first is not None and time.monotonic() > until:
            for process in running:
                process.kill()
    return first


def _tell_what_the_leader_did_not(
    running: Sequence[subprocess.Popen[bytes]], told: Sequence[Any], first: int | None
) -> None:
    """A leader that ends with a sentence knows what happened; else the first other one that has something to say."""
    leader, *others = running
    for process, file in zip(others, told, strict=True):
        file.seek(0)
        said = file.read().decode(errors="replace")
        leader_is_silent = leader.returncode < 0 and process.returncode > 0
        if said and (leader_is_silent or process.returncode == 1):
            print(said, file=sys.stderr, end="", flush=True)
            return
    if leader.returncode < 0 and first is not None and (code := running[first].returncode) < 0:
        ended = f"rank {first} of {len(running)} was ended by {signal.Signals(-code).name}"
        print(f"mulligan: {ended}; start it again, with --resume where it had begun", file=sys.stderr, flush=True)
