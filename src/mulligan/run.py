"""A run: the folder that holds the resolved recipe, the log, the samples, the checkpoints and the model file."""

import json
import os
import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from mulligan import disk, tensorfile
from mulligan.errors import ModelFileError, RunError

RESOLVED = "recipe.json"
MODEL = "model.safetensors"
BEST = "best.safetensors"
EVALUATIONS = "evaluations"
LOCK, OWNER = "lock", "owner.json"
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
        self._lock = FileLock(folder / LOCK)

    @property
    def name(self) -> str:
        """The folder's own name, however it was reached."""
        return self.folder.resolve().name

    @classmethod
    def create(cls, folder: Path, resolved: Mapping[str, Any]) -> "Run":
        """Make a new run folder and lock it; RunError when the folder is in use or cannot be written."""
        refuse_taken(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"the run folder {folder} cannot be made ({error.strerror}); choose another --out"
            raise RunError(sentence) from error
        run = cls(folder)
        run.lock()
        try:
            refuse_taken(folder)  # somebody else may have been faster
            run.write_json(RESOLVED, resolved)
        except BaseException:
            run.unlock()
            raise
        return run

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """An existing run folder; RunError for anything else."""
        if not (folder / RESOLVED).is_file():
            expected = "expected what mulligan train wrote to its --out"
            raise RunError(f"{folder} is no run folder (it has no {RESOLVED}); {expected}")
        return cls(folder)

    def lock(self) -> None:
        """Keep others from writing here; the system frees the lock when its owner dies, however it dies."""
        owner = self.folder / OWNER
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            advice = f"wait for it, stop it, or choose another --out{_if_gone(owner)}"
            raise RunError(f"another process writes to {self.folder}{_described(owner)}; {advice}") from None
        except OSError as error:
            sentence = f"no permission to write in {self.folder} ({error.strerror}); choose another --out"
            raise RunError(sentence) from error
        try:
            for folder in (self.folder, self.checkpoints, self.samples):
                disk.remove_strays(folder)
            self.write_json(OWNER, {"pid": os.getpid(), "host": socket.gethostname()})
        except BaseException:
            self._lock.release()
            raise

    def unlock(self) -> None:
        """Let others write here."""
        (self.folder / OWNER).unlink(missing_ok=True)
        self._lock.release()

    def resolved(self) -> dict[str, Any]:
        """What ``recipe.json`` says."""
        try:
            return json.loads((self.folder / RESOLVED).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sentence = f"{self.folder / RESOLVED} cannot be read ({error}); the run cannot be opened without it"
            raise RunError(sentence) from error

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one JSON file of the folder atomically."""
        disk.atomically(self.folder / name, json.dumps(content, indent=2).encode())

    def save_checkpoint(
        self, images: int, tensors: Mapping[str, np.ndarray], state: Mapping[str, Any], keep: Collection[int] = ()
    ) -> Path:
        """Write the state after ``images`` images; of the others only the one before it and those of ``keep`` stay."""
        path = self._checkpoint(images)
        tensorfile.write(path, tensors, {"kind": "checkpoint", "images": images, **state})
        before = [old for old in self._checkpoints() if old.name < path.name]
        # A later one is a damaged one that the run did not go on from, or one that it went back from.
        later = [old for old in self._checkpoints() if old.name > path.name]
        kept = {self._checkpoint(one) for one in keep}
        for old in (*before[: -CHECKPOINTS_KEPT + 1], *later):
            if old not in kept or old in later:
                old.unlink(missing_ok=True)
        return path

    def load_checkpoint(self, until: int | None = None) -> tuple[dict[str, np.ndarray], dict[str, Any], list[str]]:
        """The newest checkpoint that is whole, and a notice for each newer one that is not.

        With ``until`` the newest one of so many images or fewer, and where there is none, the oldest of all.

        Without any, empty tensors and images 0: such a run starts from its beginning.
        """
        notices: list[str] = []
        paths = self._checkpoints()
        early = [path for path in paths if until is None or path <= self._checkpoint(until)]
        for path in (*reversed(early), *(path for path in paths if path not in early)):
            try:
                return *tensorfile.read(path), notices
            except ModelFileError as error:
                notices.append(f"{error}; the one before it is used")
        if paths:
            advice = f"if its model still is, start a new run from that: --init {self.model}"
            raise RunError(f"no checkpoint of {self.folder} is whole; {advice}")
        return {}, {"images": 0}, notices

    def _checkpoint(self, images: int) -> Path:
        return self.checkpoints / f"{images:012d}.safetensors"

    def _checkpoints(self) -> list[Path]:
        """Oldest first."""
        return sorted(self.checkpoints.glob("*.safetensors"))


def refuse_taken(folder: Path) -> None:
    """RunError where a new run cannot be put; what a start left that was killed at once does not count."""
    if (folder / RESOLVED).exists():
        advice = f"go on with it: mulligan train --resume {folder}, or choose another --out"
        raise RunError(f"{folder} holds a run already; {advice}")
    if folder.is_dir():
        others = [path.name for path in folder.iterdir() if path.name not in (LOCK, OWNER)]
        taken = any(not name.endswith(".part") for name in others)
    else:
        taken = folder.exists()
    if taken:
        raise RunError(f"{folder} exists and is no empty folder; choose another --out")


def _described(owner: Path) -> str:
    try:
        who = json.loads(owner.read_text(encoding="utf-8"))
        return f" (process {who['pid']} on {who['host']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _if_gone(owner: Path) -> str:
    """Another computer's death is known to the file server alone, and to some only after a while, or never."""
    try:
        host = json.loads(owner.read_text(encoding="utf-8"))["host"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return "" if host == socket.gethostname() else f"; if {host} is gone for good, remove {owner.with_name(LOCK)}"


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
