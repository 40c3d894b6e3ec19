"""Ctrl-C and SIGTERM as a polite wish to stop after the step in hand."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from mulligan.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ECHO = 0.02  # seconds: by then what had swallowed a signal is over


@dataclass
class Wish:
    """Says "interrupted" once ``signal``, the number of one, came."""

    signal: int | None = None
    breakable: bool = False
    insists: bool = False

    def __call__(self) -> str | None:
        return "interrupted" if self.signal else None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What takes long inside, and is saved already, ends with Stopped as soon as the wish is there."""
        self.breakable = True
        try:
            if self.signal:
                raise Stopped(self.signal)
            yield
        finally:
            self.breakable = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals: the second one stops at once, wherever the program is."""
        self.insists, self.signal = self.signal is not None, number
        if self.insists or self.breakable:
            raise Stopped(number)


@contextmanager
def polite_stop() -> Iterator[Wish]:
    """Yield what notes the first signal; the second one stops at once."""
    wish = Wish()
    with _heard(SIGNALS, wish.note), _echoed(lambda: wish.breakable or wish.insists):
        yield wish


@contextmanager
def prompt_stop() -> Iterator[None]:
    """Let SIGTERM unwind the program like Ctrl-C, so that nothing half done is left; there is nothing to save yet."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    with _heard((signal.SIGTERM,), stop), _echoed(lambda: True):
        yield


@contextmanager
def _heard(numbers: tuple[signal.Signals, ...], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    try:
        before = {number: signal.signal(number, handler) for number in numbers}
    except ValueError:  # only the main thread may listen to signals; a notebook's thread goes without
        before = {}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def _echoed(still: Callable[[], bool]) -> Iterator[None]:
    """Send a signal anew that Python ignored, as it does with all that is raised in a weak reference's callback.

    Imports are full of these. ``still``: whether the program is where the signal ends it.
    """
    before, left = sys.unraisablehook, threading.Event()

    def echo(number: int) -> None:
        if not left.wait(ECHO) and still():
            _send(number)

    def heard(ignored: Any) -> None:
        if isinstance(ignored.exc_value, Stopped):
            threading.Thread(target=echo, args=(ignored.exc_value.signal,), daemon=True).start()
        else:
            before(ignored)

    sys.unraisablehook = heard
    try:
        yield
    finally:
        left.set()
        sys.unraisablehook = before


def _send(number: int) -> None:
    """To the main thread, so that what it waits for ends; Windows knows the process alone."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)
