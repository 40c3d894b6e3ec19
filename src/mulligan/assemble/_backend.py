"""The backend of a framework: what `assemble` needs of it."""

from typing import Any

from mulligan import twins


def open_backend(name: str | None = None, device: str = "auto", group: Any = None) -> Any:
    """The backend of a framework, by default one that is installed, on a device; DeviceError or MissingExtraError.

    ``group`` is that of the processes that train together.
    """
    module = twins.twin("mulligan.assemble.backend", twins.choose(name), instead="type --backend torch")
    return module.Backend(device, group)
