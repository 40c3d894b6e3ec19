"""How far the reading of a large set is, before there is a run to show."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

PATIENCE = 3.0  # seconds between two lines: a set that is read sooner says nothing


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
