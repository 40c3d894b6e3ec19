"""Ctrl-C and SIGTERM as a polite wish to stop after the step in hand."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Wish:
    """Says "interrupted" once ``signal``, the number of one, came."""

    signal: int | None = None

    def __call__(self) -> str | None:
        return "interrupted" if self.signal else None


@contextmanager
def polite_stop() -> Iterator[Wish]:
    """Yield what notes the first signal; the second one stops at once."""
    wish = Wish()

    def note(number: int, frame: FrameType | None) -> None:
        if wish.signal:
            raise KeyboardInterrupt
        wish.signal = number

    try:
        before = {number: signal.signal(number, note) for number in SIGNALS}
    except ValueError:  # only the main thread may listen to signals; a notebook's thread goes without
        before = {}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
