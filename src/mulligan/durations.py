"""Lengths of time as people write them, and the clocks that measure them."""

import math
import re
import time
from collections.abc import Callable

from mulligan.errors import RecipeError

# "cpu" counts the seconds that this process computes, on all of its threads: a fair budget where machines are shared.
_CLOCKS = {"wall": time.monotonic, "cpu": time.process_time}
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def clock(name: str | None) -> Callable[[], float]:
    """The clock of that name, "wall" unless another is said; RecipeError where there is none."""
    if (name or "wall") not in _CLOCKS:
        raise RecipeError(f"there is no clock {name!r}; expected {' or '.join(_CLOCKS)}")
    return _CLOCKS[name or "wall"]


def seconds(text: str | float) -> float:
    """Seconds of ``90``, ``"90s"``, ``"10m"`` or ``"1h30m"``; RecipeError for anything else."""
    written = str(text).strip().lower()
    try:
        value = float(written)
    except ValueError:
        parts = [] if _PART.sub("", written) else _PART.findall(written)
        value = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < value < math.inf:
        raise RecipeError(f"{text!r} is no length of time; expected for instance 90s, 10m or 1h30m")
    return value
