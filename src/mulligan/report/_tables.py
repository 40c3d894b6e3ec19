"""Nested settings as the rows of a table."""

import math
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from mulligan.report._axis import short

ONE_LINE = 100  # characters; a part that fits is told in one row


class Row(NamedTuple):
    """One line of a table: the name, how deep it lies, and the value."""

    name: str
    depth: int
    value: str


def rows(part: Any, depth: int = 0) -> Iterator[Row]:
    """The entries of a nested dict, each part in one row where it fits, otherwise with rows of its own below.

    What was left empty is left out.
    """
    for name, value in part.items() if isinstance(part, dict) else ():
        if name != "is" and not _empty(value):
            yield from _entry(str(name).replace("_", " "), value, depth)


def _entry(name: str, value: Any, depth: int) -> Iterator[Row]:
    inline, levels = _inline(value), _levels(value)
    if not levels:
        yield Row(name, depth, inline)
    elif isinstance(value, list):
        for item in value:
            yield from _entry(name, item, depth)
    elif levels <= (2 if "is" in value else 1) and len(inline) <= ONE_LINE:
        yield Row(name, depth, inline)
    else:
        yield Row(name, depth, _kind(value))
        yield from rows(value, depth + 1)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _levels(value: Any) -> int:
    """How many parts lie in one another: 0 for a number, 1 for a part of numbers, 2 for a part that holds one."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return max(map(_levels, inner), default=0) + isinstance(value, dict)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        entries = (
            f"{name.replace('_', ' ')} {_inline(item)}"
            for name, item in value.items()
            if name != "is" and not _empty(item)
        )
        inner, kind = "; ".join(entries), _kind(value)
        return f"{kind} ({inner})" if kind and inner else kind or inner
    if isinstance(value, list):
        return (" × " if all(isinstance(item, int) for item in value) else ", ").join(map(_inline, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    return without_folders(str(value))


def _number(value: int | float) -> str:
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return short(value) if math.isfinite(value) and abs(value) < 1000 else f"{value:,.6g}"


def _kind(value: dict[str, Any]) -> str:
    """``objectives/hinge.Hinge`` -> ``Hinge``; ``networks/dcgan.Generator`` -> ``dcgan.Generator``, as roles repeat."""
    name = str(value.get("is", ""))
    return name.rpartition("/")[2] if name.startswith("networks/") else name.rpartition("/")[2].rpartition(".")[2]


def without_folders(text: str) -> str:
    """The last part of an absolute path: a page that is passed on must not tell where or whose it was."""
    if PurePosixPath(text).is_absolute():
        return PurePosixPath(text).name
    return PureWindowsPath(text).name if PureWindowsPath(text).is_absolute() else text
