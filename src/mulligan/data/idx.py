"""The idx files of MNIST and its relatives, gzipped or not: pictures in one file, labels in another."""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mulligan.data._files import licence_beside, read_start
from mulligan.data._labels import value_classes
from mulligan.data._listing import Arrays
from mulligan.errors import DataError

UNSIGNED_BYTE = 0x08

# How the file names of the splits begin.
SPLITS = {"train": "train", "t10k": "test", "test": "test"}


@dataclass(kw_only=True)
class Idx(Arrays):
    """Pairs (picture file, label file or None), one after the other."""

    pairs: list[tuple[Path, Path | None]]

    def load(self) -> tuple[np.ndarray, np.ndarray | None]:
        pictures = np.concatenate([_read(images) for images, _ in self.pairs]).reshape(-1, *self.shape)
        return pictures, _read_labels(self.pairs) if self.class_names else None


def accepts(path: Path) -> bool:
    """Whether this is an idx file, or a folder with one."""
    return _is_idx(path) or (path.is_dir() and any(_is_idx(child) for child in path.iterdir()))


def _is_idx(path: Path) -> bool:
    try:
        return path.is_file() and len(header(path)) in (1, 3, 4)
    except DataError:
        return False


def listing(place: Path, split: str) -> Idx:
    """The pictures of one split of a folder of idx files, or of the one file that is named."""
    pairs = _pairs(place)
    splits = tuple(name for name in ("train", "test") if name in pairs)
    chosen = list(pairs.values()) if split == "all" or split not in pairs else [pairs[split]]
    shapes = {header(images)[1:] for images, _ in chosen}
    if len(shapes) > 1:
        raise DataError(f"{place.name} holds idx pictures of sizes {sorted(shapes)}; expected one size.")
    shape = shapes.pop()
    # Classes over all splits, so that every split names them alike.
    labelled = all(labels for _, labels in pairs.values())
    class_names = value_classes(_read_labels(list(pairs.values())))[0] if labelled else ()
    return Idx(
        kind="idx",
        where=place.name,
        files={path.name: path for pair in chosen for path in pair if path},
        splits=splits if "train" in splits else (),
        class_names=class_names,
        licence=licence_beside(place),
        count=sum(header(images)[0] for images, _ in chosen),
        shape=shape if len(shape) == 3 else (*shape, 1),
        pairs=chosen,
    )


def header(path: Path) -> tuple[int, ...]:
    """The shape of an idx file of unsigned bytes; DataError when it is none."""
    with _opened(path) as file:
        start = file.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or start[2] != UNSIGNED_BYTE or not 1 <= start[3] <= 4:
            raise DataError(f"{path.name} is not an idx file of bytes; expected one as MNIST has them.")
        sizes = file.read(4 * start[3])
        if len(sizes) < 4 * start[3]:
            raise DataError(f"{path.name} ends within its header; download it again.")
        return struct.unpack(f">{start[3]}I", sizes)


def _pairs(place: Path) -> dict[str, tuple[Path, Path | None]]:
    """The picture files with their label files, by split (or by name, where the name tells no split)."""
    folder = place.parent if place.is_file() else place
    siblings = [path for path in sorted(folder.iterdir()) if _is_idx(path)]
    images = [path for path in siblings if len(header(path)) >= 3 and place in (path, path.parent)]
    labels = [path for path in siblings if len(header(path)) == 1]
    if not images:
        raise DataError(
            f"{place.name} holds idx labels without pictures; expected a file like train-images-idx3-ubyte."
        )
    pairs: dict[str, tuple[Path, Path | None]] = {}
    for path in images:
        name = next((split for start, split in SPLITS.items() if path.name.startswith(start)), path.name)
        if name in pairs:
            raise DataError(f"{place.name} holds several idx sets ({path.name} is one of them); name one of the files.")
        pairs[name] = (path, _label_file(path, labels))
    return pairs


def _label_file(images: Path, labels: list[Path]) -> Path | None:
    """The label file named alike (images -> labels, idx3 -> idx1), or the only one with the same count."""
    alike = images.name.replace("images", "labels").replace("idx3", "idx1").removesuffix(".gz")
    fitting = [path for path in labels if header(path)[0] == header(images)[0]]
    for path in labels:
        if path.name.removesuffix(".gz") == alike and path not in fitting:
            raise DataError(
                f"{images.name} holds {header(images)[0]:,} pictures and {path.name} {header(path)[0]:,} labels; "
                "expected equal counts: download both again."
            )
    named = [path for path in fitting if path.name.removesuffix(".gz") == alike]
    if named:
        return named[0]
    return fitting[0] if len(fitting) == 1 else None


def _read(path: Path) -> np.ndarray:
    """The values of a whole idx file; DataError when it is cut short or damaged."""
    shape = header(path)
    with _opened(path) as file:
        file.seek(4 + 4 * len(shape))
        content = file.read(math.prod(shape))
    if len(content) < math.prod(shape):
        raise DataError(f"{path.name} is cut short: {len(content):,} of {math.prod(shape):,} bytes; download it again.")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_labels(pairs: list[tuple[Path, Path | None]]) -> np.ndarray:
    return np.concatenate([_read(labels) for _, labels in pairs if labels]).astype(np.int64)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) if read_start(path).startswith(b"\x1f\x8b") else path.open("rb") as file:
            yield file  # type: ignore[misc]
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is cut short or damaged ({error}); download it again.") from error
