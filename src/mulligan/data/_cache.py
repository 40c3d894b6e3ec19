"""The decoded cache: one folder per fingerprint, complete or absent."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.data._source import Mapped

# Unfinished folders of killed processes are removed after this long.
STALE_SECONDS = 24 * 3600


def default_place() -> Path:
    """``$MULLIGAN_CACHE``, else ``~/.cache/mulligan``."""
    return Path(os.environ.get("MULLIGAN_CACHE") or Path.home() / ".cache" / "mulligan")


def read_entry(place: Path, key: str) -> tuple[Mapped, np.ndarray | None, dict[str, Any]] | None:
    """The samples, labels and notes of a complete entry; None when there is none or it is damaged."""
    folder = place / "decoded" / key
    try:
        notes = json.loads((folder / "entry.json").read_text())
        samples = Mapped(folder / "samples.npy")
        labels = np.load(folder / "labels.npy") if notes["labelled"] else None
        whole = len(samples) == notes["count"] and (labels is None or labels.shape == (len(samples),))
    except (OSError, ValueError, KeyError, EOFError, TypeError):
        return None
    return (samples, labels, notes) if whole else None


class Writer:
    """Writes one entry beside its final place and moves it there when complete."""

    def __init__(self, place: Path, key: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.folder = place / "decoded" / key
        self.partial = place / "decoded" / f".{key}.{os.getpid()}.partial"
        self.shape, self.dtype, self.count = shape, dtype, 0

    def __enter__(self) -> "Writer":
        self.partial.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(self.partial.parent)
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir()
        # Plain writes rather than a writable memory map: a full disk then raises an error instead of a signal.
        self.file = (self.partial / "samples.npy").open("wb")
        self._write_header()
        return self

    def __exit__(self, *error: object) -> None:
        # Closing writes what is left in the buffer, which fails again on a full disk.
        with contextlib.suppress(OSError):
            self.file.close()
        shutil.rmtree(self.partial, ignore_errors=True)

    def append(self, block: np.ndarray) -> None:
        """Add samples [n, ...] to the end."""
        assert block.shape[1:] == self.shape and block.dtype == self.dtype
        self.file.write(block.tobytes())
        self.count += len(block)

    def finish(self, labels: np.ndarray | None, notes: dict[str, Any]) -> None:
        """Make the entry visible, all at once."""
        self.file.seek(0)
        self._write_header()
        _sync(self.file)
        if labels is not None:
            with (self.partial / "labels.npy").open("wb") as file:
                np.save(file, labels)
                _sync(file)
        with (self.partial / "entry.json").open("w") as file:
            json.dump({**notes, "count": self.count, "labelled": labels is not None}, file)
            _sync(file)
        # Another process may have been faster with the same bytes; what is there and unreadable makes room.
        if read_entry(self.folder.parent.parent, self.folder.name) is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            with contextlib.suppress(FileExistsError):
                self.partial.rename(self.folder)

    def _write_header(self) -> None:
        # numpy pads the header so that its length does not depend on the count: it is written again at the end.
        shape = (self.count, *self.shape)
        header = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self.file, header)


def free_bytes(place: Path) -> int:
    """Free bytes of the disk that ``place`` is, or will be, on."""
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def in_memory(blocks: Iterable[np.ndarray], most: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Collect blocks in one array with room for ``most`` samples."""
    samples, count = np.empty((most, *shape), dtype), 0
    for block in blocks:
        samples[count : count + len(block)] = block
        count += len(block)
    return samples[:count]


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove_stale(folder: Path) -> None:
    for partial in folder.glob(".*.partial"):
        with contextlib.suppress(OSError):
            if time.time() - partial.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(partial, ignore_errors=True)
