"""The backend of a framework: what `assemble` needs of it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mulligan import twins


def open_backend(name: str | None = None, device: str = "auto", group: Any = None) -> Any:
    """The backend of a framework, by default one that is installed, on a device; DeviceError or MissingExtraError.

    ``group`` is that of the processes that train together.
    """
    with _without_collector():
        module = twins.twin("mulligan.assemble.backend", twins.choose(name), instead="type --backend torch")
    return module.Backend(device, group)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A library that loads makes a million objects and no garbage; to look for some takes a tenth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
