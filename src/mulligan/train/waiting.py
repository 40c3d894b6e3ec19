"""How long training waits for its data."""

import time
from collections.abc import Generator, Iterator
from typing import Any


class Waiting:
    """Batches of an iterator, and the share of the time that passes until they come."""

    def __init__(self, batches: Generator[Any]) -> None:
        self._batches, self._waited, self._since = batches, 0.0, time.perf_counter()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        asked = time.perf_counter()
        batch = next(self._batches)
        self._waited += time.perf_counter() - asked
        return batch

    def share(self) -> float:
        """From 0 to 1, since it was asked for last."""
        now = time.perf_counter()
        share = self._waited / max(now - self._since, 1e-9)
        self._waited, self._since = 0.0, now
        return min(share, 1.0)

    def close(self) -> None:
        """End the iterator, and what reads for it."""
        self._batches.close()
