"""The backend of a framework: what `assemble` needs of it."""

from typing import Any

from mulligan.twins import twin


def open_backend(name: str = "torch", device: str = "auto", group: Any = None) -> Any:
    """The backend of a framework on a device; DeviceError, or a sentence that says what to install.

    ``group`` is that of the processes that train together.
    """
    return twin("mulligan.assemble.backend", name, instead="type --backend torch").Backend(device, group)
