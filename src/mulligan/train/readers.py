"""Processes that read batches ahead, in order; one that dies is started again, and the order stays as it was.

A batch lies in memory that the trainer shares with the reader, so a reader that is killed takes nothing with it, and
`/dev/shm`, which is small in containers, is not needed where processes are forked.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import connection, util
from typing import Any

import numpy as np

from mulligan.errors import DataError, MulliganError

AHEAD = 2  # batches that each process reads before they are asked for
PATIENCE = 30.0  # seconds after which a process that says nothing counts as dead
STRIKES = 3  # deaths over one batch after which it is given up
_LOOK = 5.0  # seconds after which a reader looks whether its trainer still lives

Batch = dict[str, np.ndarray]
Tell = Callable[[str], None]


class _Died(Exception):  # noqa: N818 -- what happened, and no error yet
    """A reader is gone, or as good as gone."""


class Readers:
    """Yields what ``source`` reads for each of ``orders``; the arrays are valid until the next batch is asked for."""

    def __init__(self, source: Any, orders: Iterator[np.ndarray], *, workers: int, tell: Tell) -> None:
        self._source, self._orders, self._tell = source, orders, tell
        self._readers = [_Reader(source) for _ in range(workers)]

    def __iter__(self) -> Iterator[Batch]:
        try:
            turn = 0
            for reader in self._readers * AHEAD:
                reader.ask(next(self._orders))
            while True:
                reader = self._readers[turn]
                yield self._answer(reader)
                reader.ask(next(self._orders))
                turn = (turn + 1) % len(self._readers)
        finally:
            for reader in self._readers:
                reader.kill()

    def _answer(self, reader: "_Reader") -> Batch:
        for strike in range(1, STRIKES):
            try:
                return self._noted(reader.answer())
            except _Died as death:
                self._tell(f"a process that reads the data {death} and was started again")
                if strike < STRIKES - 1:
                    reader.restart()
        return self._one_by_one(reader)

    def _one_by_one(self, reader: "_Reader") -> Batch:
        """The last try, which finds the sample that kills whoever reads it."""
        indices, *later = reader.asked
        found = []
        reader.asked = deque()
        reader.restart()
        for index in indices:
            reader.ask(np.array([index]))
            try:
                found.append({name: array.copy() for name, array in self._noted(reader.answer()).items()})
            except _Died as death:
                name = self._source.name(int(index))
                raise DataError(
                    f"{STRIKES} processes in a row that read {name} died (the last one {death}); "
                    "remove or mend that file and start anew, or read in this process: --workers 0"
                ) from None
        for order in later:
            reader.ask(order)
        return {name: np.concatenate([batch[name] for batch in found]) for name in found[0]}

    def _noted(self, answer: tuple[Batch, dict[int, str]]) -> Batch:
        batch, lost = answer
        for place, why in lost.items():
            self._source.lose(place, why)
        return batch


class _Reader:
    """One process, what it was asked for and has not answered, and the memory for its answers."""

    def __init__(self, source: Any) -> None:
        self._source, self._context = source, multiprocessing.get_context()
        self._process: Any = None
        self._slots: list[Any] = []
        self._next = 0
        self.asked: deque[np.ndarray] = deque()

    def ask(self, indices: np.ndarray) -> None:
        """Have a batch read."""
        if self._process is None:
            self._start(len(indices))
        self.asked.append(indices)
        self._send(indices)

    def answer(self) -> tuple[Batch, dict[int, str]]:
        """The oldest batch that was asked for, and the samples that could not be read for it; raises _Died."""
        if not connection.wait([self._pipe], PATIENCE):
            raise _Died(f"said nothing for {PATIENCE:.0f} s")
        try:
            found = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(PATIENCE)
            raise _Died(_cause(self._process.exitcode)) from None
        indices = self.asked.popleft()
        if isinstance(found, BaseException):
            raise found
        slot, others, lost = found
        shape, dtype = (len(indices), *self._source.shape), self._source.dtype
        real = np.frombuffer(self._slots[slot], dtype, int(np.prod(shape))).reshape(shape)
        return {"real": real} | others, lost

    def restart(self) -> None:
        """Another process in place of this one, with the same to read."""
        self.kill()
        self._start(max((len(indices) for indices in self.asked), default=1))
        for indices in self.asked:
            self._send(indices)

    def kill(self) -> None:
        """End the process, which does not listen to signals."""
        if self._process is not None:
            self._finalizer()
            self._pipe.close()
            self._process = None

    def _start(self, largest: int) -> None:
        size = largest * int(np.prod(self._source.shape)) * self._source.dtype.itemsize
        if not self._slots or len(self._slots[0]) < size:
            self._slots = [self._context.RawArray("B", max(size, 1)) for _ in range(AHEAD)]
        self._next = 0
        self._pipe, theirs = self._context.Pipe()
        arguments = (self._source, theirs, self._slots, os.getpid())
        self._process = self._context.Process(target=_read, args=arguments, daemon=True)
        self._process.start()
        theirs.close()  # else nobody would notice that the process has died
        # At the end of the program too, before it waits for all of its processes.
        self._finalizer = util.Finalize(self, _kill, args=(self._process,), exitpriority=10)

    def _send(self, indices: np.ndarray) -> None:
        with suppress(OSError):  # it is dead, as its answer will tell
            self._pipe.send((self._next, indices))
        self._next = (self._next + 1) % AHEAD


def _kill(process: Any) -> None:
    process.kill()
    process.join(PATIENCE)


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _read(source: Any, pipe: connection.Connection, slots: list[Any], trainer: int) -> None:
    """What a reader does all its life."""
    # A signal to the whole group of processes is the trainer's to answer, who still needs its readers until it has.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        while not pipe.poll(_LOOK):
            if os.getppid() != trainer:
                return
        try:
            slot, indices = pipe.recv()
            pipe.send(_found(source, slot, indices, slots[slot]))
        except (EOFError, BrokenPipeError):
            return


def _found(source: Any, slot: int, indices: np.ndarray, memory: Any) -> Any:
    try:
        known = len(source.lost)
        batch = source.read(indices)
        real = batch.pop("real")
        np.frombuffer(memory, real.dtype, real.size).reshape(real.shape)[...] = real
        return slot, batch, dict(list(source.lost.items())[known:])
    except (MulliganError, OSError, MemoryError) as error:
        return error
    except Exception as error:  # our own mistake: whoever mends it needs to know where it happened
        import traceback

        return RuntimeError(f"reading samples failed: {error}\n{traceback.format_exc()}")
