"""What a process asks of the machine, whichever framework computes: devices by name, and its own memory."""

import sys
from collections.abc import Mapping

from mulligan.errors import DeviceError


def chosen_device(name: str, counts: Mapping[str, int], framework: str) -> str:
    """The device of that name, "auto" for the best one; ``counts`` has how many of each kind there are, best first.

    DeviceError where this machine has none of that name.
    """
    if name == "auto":
        return next(kind for kind, count in counts.items() if count)
    kind, numbered, index = name.partition(":")
    if kind not in counts:
        raise DeviceError(f"there is no kind of device {name!r}; expected auto, cpu, cuda or mps")
    if not counts[kind]:
        advice = "type --device cpu, or leave --device out"
        raise DeviceError(f"this machine has no {kind} device that {framework} can use; {advice}")
    known = [str(number) for number in range(counts[kind])]
    if numbered and index not in known:
        choices = ", ".join(f"{kind}:{number}" for number in known)
        raise DeviceError(f"this machine has no device {name!r}; expected {kind}, or one of {choices}")
    return name


def thread_variables(count: int) -> dict[str, str]:
    """The environment in which either framework computes with so many threads; set before it is loaded."""
    pools = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return dict.fromkeys(pools, str(count)) | {"TF_NUM_INTEROP_THREADS": "1"}


def largest_memory() -> int:
    """Bytes of the machine's memory that this process had at most so far; 0 where the system does not say."""
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
