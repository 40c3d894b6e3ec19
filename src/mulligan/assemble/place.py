"""Where data and models are, written so that a run folder may be passed on: relative, and through nobody's home."""

import os
from pathlib import Path

STACKED = "stacked:"  # before a path: what is made from the files there


def is_builtin(where: str) -> bool:
    """Whether the data is named by a word and not by a path."""
    return where == "digits" or where.startswith("toy:")


def is_there(where: str) -> bool:
    """Whether the data can be looked for."""
    return is_builtin(where) or Path(where.removeprefix(STACKED)).exists()


def portable(where: str | Path, run_folder: Path) -> str:
    """The place as seen from the run folder; through ``~`` where a relative path would tell the name of its user."""
    if is_builtin(str(where)):
        return str(where)
    if str(where).startswith(STACKED):
        return STACKED + portable(str(where).removeprefix(STACKED), run_folder)
    place, folder, home = Path(where).resolve(), run_folder.resolve(), Path.home().resolve()
    if place.is_relative_to(home) and not folder.is_relative_to(home):
        return f"~/{place.relative_to(home).as_posix()}"
    try:
        return Path(os.path.relpath(place, folder)).as_posix()
    except ValueError:  # on another drive of Windows, to which no relative path leads
        return place.as_posix()


def located(place: str, run_folder: Path) -> str:
    """The reverse of ``portable``."""
    if is_builtin(place):
        return place
    if place.startswith(STACKED):
        return STACKED + located(place.removeprefix(STACKED), run_folder)
    if place.startswith("~/"):
        return str(Path(place).expanduser())
    return os.path.normpath(run_folder.resolve() / place)
