"""A run: the folder that holds the resolved recipe, the log, the samples, the checkpoints and the model file."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from mulligan import tensorfile
from mulligan.errors import ModelFileError, RunError

RESOLVED = "recipe.json"
MODEL = "model.safetensors"
BEST = "best.safetensors"
CHECKPOINTS_KEPT = 2


class Run:
    """One run folder, new or opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoints = folder / "checkpoints"
        self.samples = folder / "samples"
        self.log = folder / "log.jsonl"
        self.model = folder / MODEL
        self.best = folder / BEST
        self._lock = FileLock(folder / "lock")

    @classmethod
    def create(cls, folder: Path, resolved: Mapping[str, Any]) -> "Run":
        """Make a new run folder and lock it; RunError when the folder is in use or cannot be written."""
        if (folder / RESOLVED).exists():
            raise RunError(f"{folder} holds a run already; go on with it: mulligan train --resume {folder}, or choose another --out")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunError(f"{folder} exists and is no empty folder; choose another --out")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"the run folder {folder} cannot be made ({error.strerror}); choose another --out") from error
        run = cls(folder)
        run.lock()
        run.write_json(RESOLVED, resolved)
        return run

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """An existing run folder; RunError for anything else."""
        if not (folder / RESOLVED).is_file():
            raise RunError(f"{folder} is no run folder (it has no {RESOLVED}); expected what mulligan train wrote to its --out")
        return cls(folder)

    def lock(self) -> None:
        """Keep others from writing here; the system frees the lock when its owner dies, however it dies."""
        owner = self.folder / "owner.json"
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise RunError(f"another process writes to {self.folder}{_described(owner)}; wait for it, stop it, or choose another --out") from None
        except OSError as error:
            raise RunError(f"no permission to write in {self.folder} ({error.strerror}); choose another --out") from error
        self.write_json(owner.name, {"pid": os.getpid(), "host": socket.gethostname()})
        for folder in (self.folder, self.checkpoints):
            tensorfile.remove_strays(folder)

    def unlock(self) -> None:
        """Let others write here."""
        (self.folder / "owner.json").unlink(missing_ok=True)
        self._lock.release()

    def resolved(self) -> dict[str, Any]:
        """What ``recipe.json`` says."""
        try:
            return json.loads((self.folder / RESOLVED).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.folder / RESOLVED} cannot be read ({error}); the run cannot be opened without it") from error

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one JSON file of the folder atomically."""
        tensorfile.atomically(self.folder / name, json.dumps(content, indent=2, allow_nan=False).encode())

    def save_checkpoint(self, images: int, tensors: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> Path:
        """Write the state after ``images`` images, and remove all but the newest checkpoints."""
        path = self.checkpoints / f"{images:012d}.safetensors"
        tensorfile.write(path, tensors, {"kind": "checkpoint", "images": images, **state})
        for old in sorted(self.checkpoints.glob("*.safetensors"))[:-CHECKPOINTS_KEPT]:
            old.unlink(missing_ok=True)
        return path

    def load_checkpoint(self) -> tuple[dict[str, np.ndarray], dict[str, Any], list[str]]:
        """The newest checkpoint that is whole, and a notice for each newer one that is not.

        Without any, empty tensors and images 0: such a run starts from its beginning.
        """
        notices = []
        paths = sorted(self.checkpoints.glob("*.safetensors"), reverse=True)
        for path in paths:
            try:
                return *tensorfile.read(path), notices
            except ModelFileError as error:
                notices.append(f"{error}; the one before it is used")
        if paths:
            raise RunError(f"no checkpoint of {self.folder} is whole; its best and last models may still be: {BEST}, {MODEL}")
        return {}, {"images": 0}, notices


def _described(owner: Path) -> str:
    try:
        who = json.loads(owner.read_text(encoding="utf-8"))
        return f" (process {who['pid']} on {who['host']})"
    except (OSError, ValueError, KeyError):
        return ""


def model_path(where: Path) -> Path:
    """The model file that ``where`` (a model file or a run folder) stands for; RunError for anything else."""
    if where.is_dir():
        run = Run.open(where)
        if not run.model.is_file():
            raise RunError(f"the run {where} has no model yet; go on with it: mulligan train --resume {where}")
        return run.model
    if not where.exists():
        raise RunError(f"there is no {where}; expected a run folder or a model file")
    return where
