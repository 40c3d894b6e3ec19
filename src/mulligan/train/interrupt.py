"""Ctrl-C and SIGTERM as a polite wish to stop after the step in hand."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from mulligan.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Wish:
    """Says "interrupted" once ``signal``, the number of one, came."""

    signal: int | None = None
    breakable: bool = False

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
        again, self.signal = self.signal is not None, number
        if again or self.breakable:
            raise Stopped(number)


@contextmanager
def polite_stop() -> Iterator[Wish]:
    """Yield what notes the first signal; the second one stops at once."""
    wish = Wish()
    with _heard(SIGNALS, wish.note):
        yield wish


@contextmanager
def prompt_stop() -> Iterator[None]:
    """Let SIGTERM unwind the program like Ctrl-C, so that nothing half done is left; there is nothing to save yet."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    with _heard((signal.SIGTERM,), stop):
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
