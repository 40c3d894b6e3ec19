"""Who of a group of processes is gone: a line of sockets between the leader and each of the others.

The system closes the sockets of a process that dies, however it dies, and a machine that is cut off falls silent: so
the others know within seconds whom they wait for in vain, whatever they are doing at that moment.
"""

import json
import os
import selectors
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import NamedTuple

BEAT = 5.0  # seconds between two signs of life
SILENT_BEATS = 6  # of our own without one of the other's: a job that was suspended as a whole loses nobody
GRACE = 15.0  # seconds that a process has to end by itself, before it is ended in the middle of what it waits for
ENDED = 2  # the exit code


class Loss(NamedTuple):
    """A process that is gone: its rank, and what it said, if it could say anything."""

    rank: int
    words: str


class Lifeline(threading.Thread):
    """Watches the others from a thread; ``lost`` is set once one is gone.

    ``lines`` are connected sockets by rank: the leader's go to everybody, those of the others to the leader alone.
    """

    def __init__(self, lines: dict[int, socket.socket], rank: int, size: int) -> None:
        super().__init__(name="lifeline", daemon=True)
        self.rank, self.size = rank, size
        self.loss: Loss | None = None
        self.lost = threading.Event()
        self._left = threading.Event()
        self._speaking = threading.Lock()
        self._lines, self._heard = dict(lines), dict.fromkeys(lines, b"")
        self._silence = dict.fromkeys(lines, 0)
        self._selector = selectors.DefaultSelector()
        for peer, line in lines.items():
            line.settimeout(BEAT)
            self._selector.register(line, selectors.EVENT_READ, peer)
        self.start()

    def sentence(self) -> str:
        """What happened to the one that is gone."""
        assert self.loss, "nobody is lost"
        who = f"rank {self.loss.rank} of {self.size}"
        if self.loss.words:
            return f"{who} stopped: {self.loss.words}"
        advice = "the last checkpoint is kept: go on with mulligan train --resume RUN, on any number of processes"
        return f"{who} died, so the others stop too; {advice}"

    def leave(self, words: str | None = None) -> None:
        """End the watch; ``words`` are told to the others where this process leaves because it cannot go on."""
        self._left.set()
        if words is not None and self.loss is None:
            self._say(["lost", self.rank, words])
        else:
            self._say(["bye"])
        for line in list(self._lines.values()):
            self._end(line)

    def run(self) -> None:
        """Listen and give signs of life until this process leaves."""
        beaten = time.monotonic()
        while not self._left.is_set():
            for key, _ in self._selector.select(BEAT / 5):
                self._listen(key.data)
            if time.monotonic() - beaten >= BEAT and not self._left.is_set():
                beaten = time.monotonic()
                self._say(["here"])
                self._count_silence()

    def _listen(self, peer: int) -> None:
        line = self._lines.get(peer)
        if line is None:
            return
        try:
            heard = line.recv(4096)
        except TimeoutError:
            return
        except (OSError, ValueError):
            heard = b""
        if not heard:
            self._drop(peer)
            self._lose(Loss(peer, ""))
            return
        self._silence[peer] = 0
        *sentences, self._heard[peer] = (self._heard[peer] + heard).split(b"\n")
        for sentence in sentences:
            self._take(peer, json.loads(sentence))

    def _take(self, peer: int, said: list) -> None:
        if said[0] == "bye":
            self._drop(peer)
        elif said[0] == "lost":
            self._lose(Loss(said[1], said[2]))

    def _count_silence(self) -> None:
        for peer in list(self._lines):
            self._silence[peer] += 1
            if self._silence[peer] > SILENT_BEATS:
                self._drop(peer)
                self._lose(Loss(peer, ""))

    def _lose(self, loss: Loss) -> None:
        if self.loss or self._left.is_set():
            return
        self.loss = loss
        if self.rank == 0:
            self._say(["lost", *loss])
        self.lost.set()
        threading.Thread(target=self._end_in_any_case, daemon=True).start()

    def _end_in_any_case(self) -> None:
        """A collective call may wait for the dead for ever, and nothing but the end of the process ends that wait."""
        if not self._left.wait(GRACE):
            print(f"mulligan: {self.sentence()}", file=sys.stderr, flush=True)
            os._exit(ENDED)

    def _say(self, said: list) -> None:
        message = json.dumps(said).encode() + b"\n"
        with self._speaking:
            for peer, line in list(self._lines.items()):
                if said[0] != "lost" or peer != said[1]:
                    with suppress(OSError):  # that it is gone is heard when its line is read
                        line.sendall(message)

    def _drop(self, peer: int) -> None:
        line = self._lines.pop(peer, None)
        if line is not None:
            self._selector.unregister(line)
            self._end(line)

    @staticmethod
    def _end(line: socket.socket) -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_WR)
        line.close()


def listen() -> socket.socket:
    """Where the others call the leader."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", 0))


def answered(server: socket.socket, size: int, password: str, seconds: float) -> dict[int, socket.socket]:
    """The leader's lines to all others, who say the password; TimeoutError where some do not come."""
    lines: dict[int, socket.socket] = {}
    until = time.monotonic() + seconds
    while len(lines) < size - 1:
        server.settimeout(max(until - time.monotonic(), 0.01))
        line, _ = server.accept()
        line.settimeout(BEAT)
        try:
            said, rank = _first_line(line).split()
        except (OSError, ValueError):
            said, rank = "", ""
        if said == password and rank.isdigit() and 0 < int(rank) < size:
            lines[int(rank)] = line
        else:
            line.close()
    return lines


def _first_line(line: socket.socket) -> str:
    heard = b""
    while not heard.endswith(b"\n") and len(heard) < 200 and (byte := line.recv(1)):
        heard += byte
    return heard.decode("ascii")


def called(host: str, port: int, rank: int, password: str, seconds: float) -> dict[int, socket.socket]:
    """The line of another process to the leader."""
    line = socket.create_connection((host, port), timeout=seconds)
    line.sendall(f"{password} {rank}\n".encode())
    return {0: line}
