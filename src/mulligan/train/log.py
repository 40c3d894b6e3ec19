"""The log of a run: one JSON object per line, only ever appended to, in the order of images seen (never of the clock).

JSON has no word for numbers that are not finite, and a diverging run needs them: they are written as the strings
``"NaN"``, ``"Infinity"`` and ``"-Infinity"`` (as the JSON form of protocol buffers does), and `read` turns them back
into floats. Every other reader of JSON can read the file too.
"""

import errno
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mulligan import disk
from mulligan.errors import RunError

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Log:
    """Append events to a log file; each is on its way to the disk when `write` returns.

    Opening a file whose last line was cut by a kill moves that piece to the file of discarded lines first, so that a
    new event never ends up on a broken line.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if self.path.exists():
            _cut(self.path, _whole_length(self.path.read_bytes()))
        self._file = _open(self.path)

    def write(self, event: dict[str, Any]) -> None:
        """Append one event as one line, or leave the file as it was and raise a RunError (a full disk)."""
        line = json.dumps(_plain(event), allow_nan=False, ensure_ascii=False).encode() + b"\n"
        end = os.fstat(self._file.fileno()).st_size
        try:
            complete = self._file.write(line) == len(line)
            error = OSError(
                errno.ENOSPC, os.strerror(errno.ENOSPC)
            )  # a part of the line is all that there was room for
        except OSError as refused:
            complete, error = False, refused
        if not complete:
            os.ftruncate(self._file.fileno(), end)
            raise disk.refusal(self.path, len(line), error)

    def close(self) -> None:
        """Close the file; a closed log takes no more events."""
        self._file.close()

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read(path: Path) -> list[dict[str, Any]]:
    """Return the events of a log, without a last line that a kill cut short; a damaged line elsewhere is a RunError."""
    path = Path(path)
    content = path.read_bytes() if path.exists() else b""
    return [_parse(line, number, path) for number, (_, line) in enumerate(_lines(content), start=1)]


def truncate_after(path: Path, images: int, *, ticking: bool = False) -> int:
    """Move what was logged after ``images`` images to ``log.discarded.jsonl`` and return how many events that were.

    Resuming from a checkpoint repeats what came after it; without this the log would tell that part twice. One that was
    saved while ``ticking``, its tick told and its score not yet taken, repeats the score of that very moment too.
    """
    path = Path(path)
    if not path.exists():
        return 0
    content = path.read_bytes()
    moved = [start for number, (start, line) in enumerate(_lines(content), start=1)
             if _is_after(_parse(line, number, path), images, ticking)]  # fmt: skip
    keep = moved[0] if moved else _whole_length(content)
    _cut(path, keep)
    return content.count(b"\n", keep)


def _is_after(event: dict[str, Any], images: int, ticking: bool) -> bool:
    seen = event.get("images", 0)
    return seen > images or (ticking and seen == images and event.get("event") in ("score", "finding"))


def discarded(path: Path) -> Path:
    """The file beside a log that keeps the lines taken out of it: ``log.jsonl`` -> ``log.discarded.jsonl``."""
    return path.with_name(f"{path.stem}.discarded{path.suffix}")


def _cut(path: Path, keep: int) -> None:
    """Keep the first ``keep`` bytes of the log and append the others to the file of discarded lines."""
    tail = path.read_bytes()[keep:]
    if not tail:
        return
    # First the copy, then the cut: killed in between, a line is in both files, but never in none.
    try:
        with discarded(path).open("ab") as file:
            file.write(tail if tail.endswith(b"\n") else tail + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.truncate(path, keep)
    except OSError as error:
        raise disk.refusal(discarded(path), len(tail), error) from error


def _open(path: Path) -> Any:
    try:
        # Unbuffered: a line that failed is known at once, and nothing is left behind to be written later.
        return path.open("ab", buffering=0)
    except OSError as error:
        raise RunError(
            f"the log {path.name} cannot be opened for writing ({error.strerror}); "
            f"choose a run folder that you may write to, with --out"
        ) from error


def _whole_length(content: bytes) -> int:
    """How many bytes of a log are whole lines: a line counts once its newline is there."""
    return content.rfind(b"\n") + 1


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Every whole line with the byte where it starts."""
    start = 0
    for line in content[: _whole_length(content)].splitlines(keepends=True):
        yield start, line
        start += len(line)


def _parse(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise RunError(
            f"line {number} of {path.name} is damaged, expected one JSON object; delete that line to read the others"
        )
    return _revive(event)


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _revive(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_revive(entry) for entry in value]
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """The value with numbers of numpy (anything with ``item``) made Python's own, and non-finite ones made strings."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
