"""CIFAR-10's binary files (one label byte, then 32x32 red, green and blue bytes), plain or packed with xz or gzip."""

import gzip
import lzma
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from mulligan.data._files import licence_beside, read_start
from mulligan.data._listing import Arrays
from mulligan.errors import DataError

RECORD = 1 + 3 * 32 * 32
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SUFFIXES = (".bin", ".bin.xz", ".bin.gz")


@dataclass(kw_only=True)
class Cifar(Arrays):
    """Records of several files, one after the other."""

    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        records = np.concatenate([_read(path) for path in self.files.values()])  # [n, 3073]
        pictures = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # [n, 32, 32, 3]
        return np.ascontiguousarray(pictures), records[:, 0].astype(np.int64)


def accepts(path: Path) -> bool:
    """Whether this is a file of CIFAR-10 records, or a folder with one."""
    return _is_records(path) or (path.is_dir() and any(_is_records(child) for child in path.iterdir()))


def listing(place: Path, split: str) -> Cifar:
    """The pictures of one split: files whose name begins with "test" are the test split, all others train."""
    paths = [place] if place.is_file() else [path for path in sorted(place.iterdir()) if _is_records(path)]
    parts = {"train": [p for p in paths if not p.name.startswith("test")]}
    parts["test"] = [p for p in paths if p.name.startswith("test")]
    splits = tuple(name for name, found in parts.items() if found) if all(parts.values()) else ()
    chosen = parts[split] if split in splits else paths
    return Cifar(
        kind="cifar",
        where=place.name,
        files={path.name: path for path in chosen},
        splits=splits,
        class_names=CLASSES,
        licence=licence_beside(place),
        count=sum(_count(path) for path in chosen),
        shape=(32, 32, 3),
    )


def _is_records(path: Path) -> bool:
    """Whether a file is named like one of CIFAR's and its first records have labels below ten."""
    if not (path.is_file() and path.name.endswith(SUFFIXES)):
        return False
    try:
        with _opened(path) as file:
            start = file.read(4 * RECORD)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return False
    return len(start) >= RECORD and len(start) % RECORD == 0 and max(start[::RECORD]) < len(CLASSES)


def _read(path: Path) -> np.ndarray:
    try:
        with _opened(path) as file:
            content = file.read()
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path.name} is cut short or damaged ({error}); download it again.") from error
    if not content or len(content) % RECORD:
        raise DataError(
            f"{path.name} holds {len(content):,} bytes; expected a multiple of {RECORD:,}: download it again."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() >= len(CLASSES):
        raise DataError(f"{path.name} has a label {records[:, 0].max()}; expected CIFAR-10's labels 0 to 9.")
    return records


def _count(path: Path) -> int:
    """Records in a file; for xz from the index at its end, since unpacking takes seconds."""
    if not path.name.endswith(".xz"):
        with _opened(path) as file:
            return file.seek(0, 2) // RECORD
    return _xz_bytes(path.read_bytes()) // RECORD or len(_read(path))


def _xz_bytes(content: bytes) -> int:
    """The unpacked size of an xz file of one stream, from its index (xz format 1.2, section 4); else 0."""
    if content[-2:] != b"YZ":
        return 0
    start = len(content) - 12 - 4 * (int.from_bytes(content[-8:-4], "little") + 1)
    if start < 0 or content[start] != 0:
        return 0
    numbers, value, shift = [], 0, 0
    for byte in content[start + 1 : -12]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value, shift = 0, 0
    # The number of blocks, then for each its packed and its unpacked size.
    return sum(numbers[2 : 2 * numbers[0] + 1 : 2])


def _opened(path: Path) -> BinaryIO:
    start = read_start(path)
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast(BinaryIO, lzma.open(path))
    return cast(BinaryIO, gzip.open(path)) if start.startswith(b"\x1f\x8b") else path.open("rb")
