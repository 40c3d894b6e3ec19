"""Ctrl-C and SIGTERM as a polite wish to stop after the step in hand."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def polite_stop() -> Iterator[Callable[[], str | None]]:
    """Yield a function that says "interrupted" once a signal came; the second signal stops at once."""
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    try:
        before = {number: signal.signal(number, note) for number in SIGNALS}
    except ValueError:  # only the main thread may listen to signals; a notebook's thread goes without
        before = {}
    try:
        yield lambda: "interrupted" if came else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
