"""What the watch costs: steps of one training with a look of the watch before them and without, in turns.

    python benchmarks/watch_overhead.py [--data ../shared/data] [--pairs 40] [--only "auto, MNIST"]

Windows of four steps, or of as many as take a tenth of a second, every other pair the other way round; CPU time, one
thread, one process, as two processes of the same training differ by some percent of themselves. A look is all that a
tick does for the watch: the signals and the rules. It costs by how much more a window with it takes, so that what it
does to the steps after it counts too. Prints the median over the pairs with the quartiles, and which share of the time
that is for ticks as long as at the recipe's own budget, and for those of five seconds, the shortest that --time makes
from fifty seconds on.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from mulligan.assemble._backend import open_backend
from mulligan.assemble.budget import SHORTEST_TICK, TICKS
from mulligan.assemble.judge import other_half
from mulligan.assemble.plan import Options, make_plan
from mulligan.assemble.vitals import Vitals
from mulligan.train.draws import Draws
from mulligan.train.watch import Watch

WINDOW = 0.1  # seconds
NARROW = ("networks.generator.width=16", "networks.critic.width=16")


class Run(NamedTuple):
    """What is trained."""

    data: str
    recipe: str
    words: tuple[str, ...] = ()


RUNS = {
    "auto, toy:ring": Run("toy:ring", "auto"),
    "auto, digits": Run("digits", "auto"),
    "auto, MNIST": Run("mnist", "auto"),
    "dcgan, MNIST": Run("mnist", "dcgan"),
    "dcgan of width 16, MNIST": Run("mnist", "dcgan", NARROW),
    "dense, MNIST": Run("mnist", "dense"),
    "wgan-gp, MNIST": Run("mnist", "wgan-gp"),
}
HEADS = ("run", "a step", "a look", "quartiles", "in steps", "at the own budget", "in ticks of 5 s", "below 2 % from")


class Training:
    """The steps of a run, and its watch."""

    def __init__(self, place: str, run: Run) -> None:
        self.plan = make_plan(place, Options(recipe=run.recipe, set=run.words), "cpu")
        self.plan.recipe = self.recipe = self.plan.recipe.resolve(self.plan.recipe.images)
        backend = open_backend("torch", "cpu")
        self.step = backend.step(self.recipe, self.plan.codec.shape, self.plan.labels, seed=0)
        self._rounds = backend.feed(self.recipe, self.plan.source, self.plan.codec, Draws(0), 0).rounds(0)
        self._vitals = Vitals(self.plan, backend, Draws(0), held_out=self._held_out)
        self._watch = Watch(self._vitals.setting(self.step, fresh=True))
        self._images, self._terms = 0, dict[str, float]()

    def play(self) -> None:
        """One round of turns."""
        told = self.step(next(self._rounds), self.recipe.numbers(self._images), self._images)
        self._terms = {name: float(value) for name, value in told.items()}
        self._images += self.recipe.images_per_step

    def look(self) -> None:
        """What the watch does at a tick."""
        signals, numbers = self._vitals(self.step, self._images), self.recipe.numbers(self._images)
        event = {"event": "tick", "images": self._images, "terms": self._terms, "numbers": numbers}
        self._watch.after(event | {"signals": signals})

    def _held_out(self) -> Any:
        return other_half(self.plan.where, self.plan.codec, None) if self.plan.source.has_test_split else None


def main() -> None:
    """A row to each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for name in options.only:
        run = RUNS[name]
        place = str(options.data / run.data) if run.data == "mnist" else run.data
        print(f"| {name} | {' | '.join(row(Training(place, run), options.pairs))} |", flush=True)


def row(training: Training, pairs: int) -> tuple[str, ...]:
    """The cells of one run."""
    one = min(seconds(training.play) for _ in range(5))
    count = max(4, round(WINDOW / one))
    looks, steps = [], []
    for pair in range(pairs + 1):  # the first one warms up
        taken = {looks_too: seconds(partial(window, training, count, looks_too)) for looks_too in order(pair)}
        looks += [taken[True] - taken[False]] if pair else []
        steps += [taken[False] / count] if pair else []
    step, (low, look, high) = statistics.median(steps), statistics.quantiles(looks, n=4)
    to_a_tick = round(training.recipe.images / TICKS / training.recipe.images_per_step)
    return (
        f"{1000 * step:.1f} ms",
        f"{1000 * look:.1f} ms",
        f"{1000 * low:.1f} to {1000 * high:.1f}",
        f"{look / step:.2f}",
        f"{100 * look / (to_a_tick * step):.2f} % ({to_a_tick:,} steps)",
        f"{100 * look / SHORTEST_TICK:.2f} %",
        f"{look / step / 0.02:.0f} steps",
    )


def order(pair: int) -> tuple[bool, bool]:
    """Whether a window has a look, for both of a pair."""
    return (True, False) if pair % 2 else (False, True)


def window(training: Training, count: int, looks_too: bool) -> None:
    """So many steps."""
    if looks_too:
        training.look()
    for _ in range(count):
        training.play()


def seconds(work: Callable[[], None]) -> float:
    """The processor's."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
