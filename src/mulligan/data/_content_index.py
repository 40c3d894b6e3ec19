"""What is known of files, a line each in the order of their names, so that no more than one is ever in memory."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

State = list[int]

STALE_SECONDS = 24 * 3600


class Line(NamedTuple):
    """A file's name, its size and times, and its sha256."""

    name: str
    state: State
    sha: str


class Index:
    """Read along with files that come in the order of their names, and written anew where something changed.

    Lines of files that are not asked for stay. Without the index everything still works, only slower: whatever is
    wrong with its file is passed over.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._known = self._lines()
        self._next = next(self._known, None)
        self._new: IO[str] | None = None
        self._is_changed = self._is_given_up = False

    def found(self, name: str) -> Line | None:
        """What the index knows of a file; the names come in ascending order."""
        while self._next and self._next.name < name:
            self._pass_on(self._next)
        return self._next if self._next and self._next.name == name else None

    def note(self, line: Line) -> None:
        """Have the index say so of the file that was asked for last."""
        if self._next and self._next.name == line.name:
            self._is_changed |= self._next != line
            self._next = next(self._known, None)
        else:
            self._is_changed = True
        self._write(line)

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        while self._next:
            self._pass_on(self._next)
        if self.path and self._new:
            with contextlib.suppress(OSError):
                self._new.close()
                if self._is_changed and not self._is_given_up and kind is None:
                    self._temporary.replace(self.path)
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)

    def _pass_on(self, line: Line) -> None:
        self._write(line)
        self._next = next(self._known, None)

    def _write(self, line: Line) -> None:
        if not self.path or self._is_given_up:
            return
        try:
            if not self._new:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _remove_strays(self.path.parent)
                self._new = self._temporary.open("w")
            self._new.write(json.dumps(line) + "\n")
        except OSError:  # no room, or no right to write: the old index stays
            self._is_given_up = True

    @property
    def _temporary(self) -> Path:
        assert self.path
        return self.path.with_suffix(f".{os.getpid()}.partial")

    def _lines(self) -> Iterator[Line]:
        """The lines there are, up to the first one that is damaged or out of order."""
        last: str | None = None
        with contextlib.suppress(OSError, ValueError, TypeError):
            for text in self.path.open() if self.path else ():
                line = Line(*json.loads(text))
                if not (isinstance(line.name, str) and isinstance(line.sha, str)):
                    return
                if last is not None and line.name <= last:
                    return
                last = line.name
                yield line


def _remove_strays(folder: Path) -> None:
    """What writers left that were killed, a day after."""
    for stray in folder.glob("*.partial"):
        with contextlib.suppress(OSError):
            if time.time() - stray.stat().st_mtime > STALE_SECONDS:
                stray.unlink()
