"""The parent's end of a framework in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from mulligan import errors
from mulligan.assemble._machine import thread_variables
from mulligan.errors import RunError

_CHILD = "mulligan.apps.compare_frameworks._child"
LAST_WORDS = 5.0  # seconds that a process has to end once it is asked nothing more


class Process:
    """Asks a framework's process one question at a time, in a ``with`` block that ends it.

    What it says lies in ``work``, and in ``home`` where it ended by itself.
    """

    def __init__(self, framework: str, threads: int, *, work: Path, home: Path) -> None:
        self.framework, self._home, self._log = framework, home, work / f"{framework}.txt"
        with self._log.open("wb") as said:
            # In a session of its own, so that a Ctrl-C in the terminal reaches the parent alone, which ends it.
            self._process = subprocess.Popen(
                [sys.executable, "-m", _CHILD, str(time.monotonic())],
                env=os.environ | _threads(threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin and self._process.stdout
        if error[0] is not None:
            self._process.kill()
        try:
            self._process.communicate(timeout=LAST_WORDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def ask(self, question: str, **words: Any) -> Any:
        """Its answer; the MulliganError that it met, or RunError where it has ended."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(f"{json.dumps({'question': question, **words})}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise self._ended()
        answer = json.loads(line)
        if "error" in answer:
            whose = "" if question == "open" else f"{self.framework}: "  # recipe and data are the same for all
            raise getattr(errors, answer["error"])(f"{whose}{answer['sentence']}")
        return answer["answer"]

    def _ended(self) -> RunError:
        """What to tell of a process that is gone; all that it said is kept."""
        code = self._process.wait()
        said = [line.strip() for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()]
        last, kept = next(filter(None, reversed(said)), "it said nothing"), self._home / self._log.name
        shutil.copyfile(self._log, kept)
        return RunError(
            f"the process of {self.framework} ended with exit code {code} ({last}); its words are in {kept}"
        )


def _threads(count: int) -> dict[str, str]:
    """Both frameworks compute with so many threads, and say no more than they must."""
    return thread_variables(count) | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
