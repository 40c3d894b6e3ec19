"""One framework in a process of its own: it does what the parent asks, a line of JSON each way.

    python -m mulligan.apps.compare_frameworks._child STARTED

STARTED is when the parent started it, on the clock that all processes share.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mulligan import recipes
from mulligan.apps.compare_frameworks._code import lines_of_code
from mulligan.assemble import look
from mulligan.assemble._backend import open_backend
from mulligan.assemble.judge import Judge, other_half
from mulligan.assemble.lacks import drawn_by_the_framework, lacks
from mulligan.assemble.plan import Options
from mulligan.assemble.trial import Trial
from mulligan.codecs import Provenance, save_npz, save_png
from mulligan.errors import MulliganError

SHOWN = 64  # samples on the picture


class Child:
    """What the parent may ask for, by the names of the methods."""

    def __init__(self, started: float) -> None:
        self._seconds = {"python": time.monotonic() - started}
        self._own_file: str | None = None

    def answer(self, question: str, **words: Any) -> dict[str, Any]:
        """What a question gives; a user's mistake is an answer too."""
        try:
            with recipes.blame(self._own_file):
                return {"answer": getattr(self, question)(**words)}
        except MulliganError as error:
            return {"error": type(error).__name__, "sentence": str(error)}

    def open(self, *, framework: str, where: str, options: dict[str, Any], threads: int) -> dict[str, Any]:
        """Load the framework, find the data and fit the recipe."""
        asked = Options(**options | {"set": tuple(options["set"])})
        self._own_file = options["recipe"] if recipes.is_file(options["recipe"]) else None
        with self._timed("framework"):
            self._backend = open_backend(framework, asked.device or "auto")
            self._backend.use_threads(threads)
        with self._timed("data"):
            self._trial = Trial(where, asked, self._backend)
        plan = self._trial.plan
        return self._backend.environment() | {
            "precision": plan.recipe.precision,
            "recipe": plan.recipe.name,
            "images": plan.recipe.images,
            "images_per_step": plan.recipe.images_per_step,
            "data": plan.source.report.where,
            "choices": plan.choices,
            "lines": lines_of_code(plan.recipe.networks),
            "drawn": drawn_by_the_framework(plan.recipe),
        }

    def build(self, *, double: bool) -> None:
        """Make networks, optimizers and feed."""
        with self._timed("build"):
            self._trial.build(double=double)

    def save_weights(self, *, path: str) -> None:
        """Write the weights that both begin with."""
        self._trial.save_weights(Path(path))

    def load_weights(self, *, path: str) -> None:
        """Begin with these weights."""
        self._trial.load_weights(Path(path))

    def change_last_bits(self) -> None:
        """Begin with weights that are a rounding away."""
        self._trial.change_last_bits()

    def expect(self, *, images: int) -> None:
        """Make the schedules for so many images."""
        self._trial.expect(images)

    def first_step(self) -> dict[str, Any]:
        """Play the first step; how long this took, and everything before it, part by part."""
        with self._timed("first step"):
            heard = self._trial.play(1, listen=True).scalars
        return {"seconds": self._seconds, "cpu_seconds": time.process_time(), "scalars": heard}

    def play(self, *, steps: int, listen: bool = False) -> dict[str, Any]:
        """Play so many steps."""
        return self._trial.play(steps, listen=listen)._asdict()

    def memory(self) -> dict[str, int]:
        """Largest memory of the process so far, and of its device where that is another."""
        device = {} if self._backend.device.type == "cpu" else {"device": self._backend.memory_bytes()}
        return {"process": _peak_bytes()} | device

    def finish(self, *, name: str, samples: int, folder: str, work: str) -> dict[str, Any]:
        """Write the model and a picture of what it makes, and samples for the judge."""
        raw, labels = self._trial.samples(samples)
        path = Path(work) / f"{name}.npz"
        save_npz(path, raw, Provenance(model=name), labels)
        self._trial.save_model(Path(folder) / f"{name}.safetensors")
        save_png(Path(folder) / f"{name}.png", look.picture(raw[:SHOWN]), Provenance(model=name))
        return {"images": self._trial.images, "samples": str(path)}

    def judge(self, *, files: dict[str, str], seed: int) -> dict[str, Any]:
        """Score the samples of each file, and real ones of the test split, by one extractor."""
        plan = self._trial.plan
        test = (lambda: other_half(plan.where, plan.codec)) if plan.source.has_test_split else None
        where, device = plan.source.report.where, str(self._backend.device)
        judge = Judge(plan.source, where=where, split="train", test=test, device=device, framework=self._backend.name)
        found: dict[str, Any] = {}
        for name, path in files.items():
            with np.load(path) as arrays:
                raw, labels = arrays["images"], arrays.get("labels")
            protocol = {"checkpoint": "last", "samples_seed": seed}
            found[name] = [score.to_json() for score in judge.score(raw, labels, protocol=protocol)]
        floor = judge.floor(len(raw), quick=True) or []
        return {"scores": found, "floor": [score.to_json() for score in floor]}

    def lacks(self) -> dict[str, str]:
        """What this recipe cannot have here."""
        return lacks(self._backend, self._trial.trained)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._seconds[what] = time.monotonic() - start


def _peak_bytes() -> int:
    """The most memory that this process has had at once."""
    try:
        # The kernel's other count, that of getrusage, goes on from the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def serve(child: Child, questions: TextIO, answers: TextIO) -> None:
    """Answer until the parent has no more questions."""
    for line in questions:
        answers.write(f"{json.dumps(child.answer(**json.loads(line)))}\n")
        answers.flush()


if __name__ == "__main__":
    child = Child(float(sys.argv[1]))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # whatever a library prints is no answer
        serve(child, sys.stdin, answers)
