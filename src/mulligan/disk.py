"""Files that are there as a whole or not at all, and one sentence where the disk does not take them."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mulligan.errors import RunError

FULL = (errno.ENOSPC, errno.EDQUOT)


def atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once: temporary file beside it, fsync, rename, fsync of the folder."""
    with whole_file(path, len(content)) as temporary, temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        _sync_folder(Path(path).parent)
    except OSError as error:
        raise refusal(path, len(content), error) from error


def write_whole(path: Path | str, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once, without waiting for the disk; RunError where it refuses."""
    with _replacing(path, len(content)) as temporary, open(temporary, "wb") as file:  # noqa: PTH123
        file.write(content)


@contextmanager
def whole_file(path: Path, needed: int | None = None) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that takes its place when the block ends well, and is gone otherwise.

    RunError where the disk refuses; ``needed`` bytes are for its sentence.
    """
    with _replacing(path, needed) as temporary:
        yield Path(temporary)


@contextmanager
def _replacing(path: Path | str, needed: int | None) -> Iterator[str]:
    # Not by pathlib, which takes longer than the disk where thousands of small files are written.
    folder, name = os.path.split(path)
    # Beside the target, never in the system's temporary folder: a rename across file systems is a copy.
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")  # noqa: PTH118
    try:
        os.makedirs(folder or ".", exist_ok=True)  # noqa: PTH103
        yield temporary
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        _remove(temporary)  # before the free bytes are counted
        raise refusal(path, needed, error) from error
    except BaseException:
        _remove(temporary)
        raise


def refusal(path: Path | str, needed: int | None, error: OSError) -> RunError:
    """The sentence for a file that could not be written, with the bytes that it needs and those that are free."""
    path = Path(path)
    if error.errno in FULL:
        free = shutil.disk_usage(path.parent).free
        wanted = (
            f"needs {needed:,} bytes and {free:,} are free" if needed else f"needs more than the {free:,} free bytes"
        )
        advice = "make room (a run then goes on with mulligan train --resume), or choose another disk with --out"
        return RunError(f"the disk is full: {path.name} {wanted} in {path.parent}; {advice}")
    if isinstance(error, PermissionError):
        return RunError(f"no permission to write {path}; choose another folder with --out")
    return RunError(f"{path} cannot be written ({error.strerror or error}); choose another folder with --out")


def remove_strays(folder: Path) -> None:
    """Remove the temporary files that a killed writer left in ``folder``."""
    for stray in folder.glob(".*.part"):
        stray.unlink(missing_ok=True)


def _remove(temporary: str) -> None:
    # The parent may be what is wrong: a file where a folder was expected cannot be looked into either.
    if (path := Path(temporary)).parent.is_dir():
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
