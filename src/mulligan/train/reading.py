"""What a person hears before there is a run to show: how far the reading of a large set is, and what takes long."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TextIO

PATIENCE = 3.0  # seconds between two lines: a set that is read sooner says nothing
LONG = 60.0  # seconds of anything else


def reading(display: str, stream: TextIO | None = None) -> Callable[[int, int], None] | None:
    """A function of (done, total) that prints a line now and then on standard error, or None for a silent display."""
    if display == "silent":
        return None
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < PATIENCE:
            return
        last = time.monotonic()
        print(f"reading  {done:,} of {total:,} pictures", file=stream or sys.stderr, flush=True)

    return tell


@contextmanager
def long_wait(display: str, sentence: str, after: float = LONG, stream: TextIO | None = None) -> Iterator[None]:
    """Print a notice on standard error once what is done inside has taken so many seconds; none if silent."""
    timer = Timer(after, lambda: print(f"notice  {sentence}", file=stream or sys.stderr, flush=True))
    timer.daemon = True
    if display != "silent":
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
