"""Waiting for what another process does."""

import time
from collections.abc import Callable

PATIENCE = 120.0  # seconds that a busy machine may take for what an idle one does in two


def wait_for(happened: Callable[[], object]) -> None:
    """Until it has; fails where it never does."""
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)
