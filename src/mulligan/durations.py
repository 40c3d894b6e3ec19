"""Lengths of time as people write them."""

import re

from mulligan.errors import RecipeError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str | float) -> float:
    """Seconds of ``90``, ``"90s"``, ``"10m"`` or ``"1h30m"``; RecipeError for anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", str(text))
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        return float(text)
    except ValueError:
        raise RecipeError(f"{text!r} is no time; expected for instance 90s, 10m or 1h30m") from None
