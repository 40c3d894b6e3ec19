"""The measurements, in the order in which they are taken."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mulligan.apps.compare_frameworks._agreement import differences, largest
from mulligan.apps.compare_frameworks._found import (
    FEWEST_PAIRS,
    FEWEST_STEPS,
    PAIR,
    SECONDS,
    STEPS,
    WARM_STEPS,
    Found,
)
from mulligan.apps.compare_frameworks._process import Process
from mulligan.apps.compare_frameworks._windows import Pair, Window
from mulligan.errors import RecipeError
from mulligan.metrics import Score

WINDOW = 1.0  # seconds that one is to take in the slower framework
Tell = Callable[[str], None]


class Measure:
    """Fills in what is found; models and pictures go to ``home``, and what is needed on the way alone to ``work``."""

    def __init__(self, found: Found, home: Path, work: Path, tell: Tell) -> None:
        self.found, self._home, self._work, self._tell = found, home, work, tell
        self._weights = str(work / "weights.safetensors")
        self._rounded: list[dict[str, float]] = []

    def beforehand(self) -> None:
        """Make the weights that everybody begins with and, where it is wished, play two more forms of the first steps.

        One is in float64; the other is the first framework's own, with the last bits of its weights changed.
        """
        wanted = PAIR if self.found.asked.float64 else PAIR[:1]
        with ExitStack() as processes:
            pair = [self._opened(processes, name) for name in wanted]
            pair[0].ask("build", double=False)
            pair[0].ask("save_weights", path=self._weights)
            if not self.found.asked.float64:
                return
            pair[0].ask("change_last_bits")
            self._rounded = _heard(pair[0], STEPS)
            heard = []
            for process in pair:
                process.ask("build", double=True)
                process.ask("load_weights", path=self._weights)
                heard.append(_heard(process, STEPS))
            self._agree("float64", heard)

    def training(self) -> None:
        """Everything else, of a training as it is."""
        with ExitStack() as processes:
            heard, pair = [], []
            for name in PAIR:  # one after the other, so that each has the machine while it starts
                process, first = self._started(processes, name)
                pair.append(process)
                heard.append(first + _heard(process, STEPS - 1))
            self._agree("float32", heard)
            if self._rounded:
                self._agree(f"float32, {PAIR[0]} alone", [heard[0], self._rounded])
            self._windows(pair)
            self.found.memory = {process.framework: process.ask("memory") for process in pair}
            self._quality(pair)
            self.found.lacks = {process.framework: process.ask("lacks") for process in pair}

    def _opened(self, processes: ExitStack, name: str) -> Process:
        asked = self.found.asked
        process = processes.enter_context(Process(name, asked.threads, work=self._work, home=self._home))
        options = asked.options | {"backend": name}
        about = process.ask("open", framework=name, where=asked.data, options=options, threads=asked.threads)
        if not self.found.about:
            for choice in about["choices"]:
                self._tell(choice)
        self.found.about[name] = about
        if asked.images is not None:
            process.ask("expect", images=self._steps(asked.images) * about["images_per_step"])
        return process

    def _steps(self, images: int) -> int:
        each = self.found.images_per_step
        if (steps := -(-images // each)) < FEWEST_STEPS:
            raise RecipeError(
                f"{images:,} images are {steps:,} steps of this recipe, too few to measure anything; "
                f"type --images {FEWEST_STEPS * each} or more"
            )
        return steps

    def _started(self, processes: ExitStack, name: str) -> tuple[Process, list[dict[str, float]]]:
        process = self._opened(processes, name)
        process.ask("build", double=False)
        process.ask("load_weights", path=self._weights)
        first = process.ask("first_step")
        self.found.first_step[name], self.found.first_step_cpu[name] = first["seconds"], first["cpu_seconds"]
        about = self.found.about[name]
        self._tell(f"{about['framework']}: first step after {sum(first['seconds'].values()):.1f} s")
        return process, first["scalars"]

    def _agree(self, precision: str, heard: Sequence[Any]) -> None:
        self.found.agreement[precision] = terms = differences(*heard)
        self._tell(f"{precision}: the terms of {STEPS} steps differ by {largest(terms):.1e} at most")

    def _windows(self, pair: Sequence[Process]) -> None:
        """Play them in turns, until there were enough; all of the training is windows."""
        found, asked = self.found, self.found.asked
        left = None if asked.images is None else self._steps(asked.images) - STEPS - WARM_STEPS
        slower = max(_play(process, WARM_STEPS).seconds for process in pair) / WARM_STEPS
        warm = _window(slower, left, FEWEST_PAIRS + 1)
        taken = [window.seconds / warm for window in self._pair(pair, warm)]  # which warms up as well
        left = None if left is None else left - warm
        found.window_steps = steps = _window(max(taken), left, FEWEST_PAIRS)
        wished = round((asked.seconds or SECONDS) / sum(taken) / steps)
        count = max(FEWEST_PAIRS, wished) if left is None else left // steps
        rest = 0 if left is None else left - count * steps
        for process in pair:
            all_steps = STEPS + WARM_STEPS + warm + count * steps + rest
            process.ask("expect", images=all_steps * found.images_per_step)
        for number in range(count):
            found.pairs.append(self._pair(pair, steps))
            _, _, ratio = found.speeds()
            self._tell(f"window {number + 1} of {count}: {PAIR[1]} at {ratio.value:.2f} of the speed of {PAIR[0]}")
        for process in pair:
            _play(process, rest)

    def _pair(self, pair: Sequence[Process], steps: int) -> Pair:
        return _play(pair[0], steps), _play(pair[1], steps)

    def _quality(self, pair: Sequence[Process]) -> None:
        """Samples of each, all of them scored by the extractor of the first."""
        asked, files = self.found.asked, {}
        for process in pair:
            name = process.framework
            done = process.ask("finish", name=name, samples=asked.samples, folder=str(self._home), work=str(self._work))
            self.found.images, files[name] = done["images"], done["samples"]
        judged = pair[0].ask("judge", files=files, seed=asked.seed)
        self.found.scores = {
            name: [Score.from_json(one) for one in scores] for name, scores in judged["scores"].items()
        }
        self.found.floor = [Score.from_json(one) for one in judged["floor"]]


def _window(step: float, left: int | None, pairs: int) -> int:
    """How many steps of so many seconds a window has, where so many pairs must be played with what is ``left``."""
    steps = max(1, round(WINDOW / step))
    return steps if left is None else min(steps, left // pairs)


def _heard(process: Process, steps: int) -> list[dict[str, float]]:
    return process.ask("play", steps=steps, listen=True)["scalars"]


def _play(process: Process, steps: int) -> Window:
    played = process.ask("play", steps=steps)
    return Window(played["seconds"], played["cpu_seconds"])
