"""Commands in processes of their own, with faults."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _tiny_runs as tiny

from _faults.native import library
from mulligan import tensorfile
from mulligan.errors import ModelFileError

SETTINGS = tuple(word for setting in (*tiny.TINY, "tick_images=16") for word in ("--set", setting))
STEPS = 6
TRAIN = ("digits", "--recipe", "dense", "--batch", str(tiny.BATCH), "--device", "cpu", "--display", "plain", *SETTINGS)


@dataclass
class Answer:
    """What came of one command."""

    code: int | None
    out: str
    err: str
    pid: int
    seconds: float
    calls: int

    @property
    def is_told(self) -> bool:
        """Whether the user got one sentence, or nothing went wrong; a kill is told by nobody."""
        if self.code is None or "Traceback" in self.err:
            return False
        last = (self.err.strip().splitlines() or [""])[-1]
        return last.startswith("mulligan: ") if self.code == 2 else self.code in (0, -9, -15, 130, 143)


class Children:
    """Starts them; to be used in a ``with``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        cache = {"MULLIGAN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1", "LD_PRELOAD": str(library())}
        paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("driver.py"))],
            env=os.environ | cache | paths | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout and self._process.stdout.readline() == "ready\n"

    def run(self, *words: Any, **job: Any) -> Answer:
        """Run ``mulligan WORDS`` and wait for its end."""
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        job |= {"words": [str(word) for word in words], "out": str(out), "err": str(err)}
        assert self._process.stdin and self._process.stdout
        print(json.dumps(job), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return Answer(**answer, out=out.read_text(), err=err.read_text())

    def train(self, folder: Path, *words: Any, steps: int = STEPS, **job: Any) -> Answer:
        """Start a tiny run, or go on with it where there is one."""
        if (folder / "recipe.json").exists():
            return self.run("train", "--resume", folder, "--display", "plain", **job)
        return self.run("train", *TRAIN, "--steps", steps, "--out", folder, *words, **job)

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def unreadable(folder: Path) -> list[str]:
    """The model files and checkpoints of a run, or of a cache, that are not whole."""
    found = []
    for path in folder.rglob("*.safetensors"):
        try:
            tensorfile.read(path)
        except ModelFileError as error:
            found.append(str(error))
    return found


def strays(folder: Path) -> list[str]:
    """What writers left that died."""
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".partial"))]


def is_equal(folder: Path, unbroken: Path) -> bool:
    """Whether a run ended bit for bit like another one."""
    return all(told(folder) == told(unbroken) for told in (tiny.state, tiny.model, tiny.history))
