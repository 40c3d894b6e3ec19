"""Tar files from strangers: packed or not, read with bounds that a hostile one runs into."""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from mulligan.data._files import read_start
from mulligan.errors import DataError

# A packed tar may unpack to so many times its size once it is larger than the floor (pictures hardly shrink at all).
RATIO_LIMIT = 100
RATIO_FLOOR = 64 * 1024 * 1024

TAR_ERRORS = (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)

PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


class Bounded(io.RawIOBase):
    """An unpacked stream that refuses to be read, or skipped, past a limit."""

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self.file, self.limit, self.name = file, limit, name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        self._check(self.file.tell() + max(size, 0))
        return self.file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET, "tarfile seeks from the start only"
        self._check(offset)
        return self.file.seek(offset)

    def _check(self, position: int) -> None:
        # One block of grace: tarfile looks past the end of what it has read.
        if position > self.limit + tarfile.RECORDSIZE:
            raise DataError(
                f"'{self.name}' unpacks to more than {self.limit / 1e6:,.0f} MB, {RATIO_LIMIT} times its size; "
                "unpack it yourself if you trust it, and name the folder."
            )


def is_tar(path: Path) -> bool:
    """Whether a file is a tar file, packed or not."""
    try:
        with open_tar(path):
            return True
    except (*TAR_ERRORS, DataError):
        return False


def open_tar(path: Path) -> tarfile.TarFile:
    """Open a tar file for reading members; one that unpacks to far more than its size raises DataError while read."""
    start = read_start(path)
    unpack = next((opener for signature, opener in PACKED.items() if start.startswith(signature)), None)
    if unpack is None:
        return tarfile.open(path, "r:")
    limit = max(RATIO_FLOOR, RATIO_LIMIT * path.stat().st_size)
    return tarfile.open(fileobj=Bounded(unpack(path), limit, path.name), mode="r:")


def tar_members(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """All members; a header that points backwards would otherwise make tarfile go round in circles."""
    position = -1
    while (member := opened.next()) is not None:
        if member.offset <= position or member.size < 0:
            raise tarfile.ReadError("a header points backwards")
        position = member.offset
        yield member
