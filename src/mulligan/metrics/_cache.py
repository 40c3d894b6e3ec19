"""Features of real samples on disk, each under a hash of all that decides them: what has changed is not found."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mulligan import tensorfile
from mulligan.errors import ModelFileError, RunError
from mulligan.metrics._features import Extractor, Features
from mulligan.metrics.extractors._fetch import cache_folder

FORMAT = 2  # part of every name: raise it when the way from pictures to features changes
LARGEST = 2 * 1024**3  # bytes of all files together
ABANDONED = 24 * 3600  # seconds after which nobody writes to a part of a file any more
SPARE = 256 * 1024**2  # bytes of the disk that are left to others


@dataclass(frozen=True)
class FeatureCache:
    """Keeps values and probabilities; no error of the disk gets out of it. ``tell`` hears of a damaged file."""

    folder: Path
    tell: Callable[[str], None] = lambda notice: None
    largest: int = LARGEST

    @classmethod
    def usual(cls, tell: Callable[[str], None]) -> "FeatureCache":
        """The one in ``$MULLIGAN_CACHE/features``, else ``~/.cache/mulligan/features``."""
        return cls(cache_folder().parent / "features", tell)

    def read(self, key: str) -> Features | None:
        """The features of that key; None where there are none or their file is damaged."""
        path = self._path(key)
        try:
            if not path.is_file():
                return None
            tensors, _ = tensorfile.read(path)
            with suppress(OSError):  # a cache that others keep can be read all the same
                os.utime(path)  # used last, removed last
            return Features(tensors["values"], tensors.get("probabilities"))
        except (ModelFileError, OSError, KeyError) as error:
            self.tell(f"features of real samples are made anew: {error}")
            return None

    def write(self, key: str, features: Features) -> None:
        """Keep features where there is room, and remove what was not used for longest where there is too much."""
        arrays = {"values": features.values, "probabilities": features.probabilities}
        tensors = {name: array for name, array in arrays.items() if array is not None}
        needed = sum(array.nbytes for array in tensors.values())
        with suppress(RunError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if needed <= self.largest and needed + SPARE <= shutil.disk_usage(self.folder).free:
                tensorfile.write(self._path(key), tensors, {"kind": "features"})
                self._make_room()

    def _make_room(self) -> None:
        for part in self.folder.glob(".*.part"):  # of a writer that was killed
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink(missing_ok=True)
        states = [(path.stat(), path) for path in self.folder.glob("*.safetensors")]
        total = 0
        for state, path in sorted(states, key=lambda entry: entry[0].st_mtime_ns, reverse=True):
            total += state.st_size
            if total > self.largest:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"


def features_key(content: str, count: int, extractor: Extractor, device: str) -> str:
    """The name of the features of ``count`` samples of data whose ``content`` has this fingerprint.

    A device is part of it, as each rounds in its own way.
    """
    weights = {"extractor": extractor.name, "hash": extractor.hash, "resizer": extractor.resizer}
    facts: dict[str, Any] = {"format": FORMAT, "content": content, "count": count, "device": device, **weights}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
