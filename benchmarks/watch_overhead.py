"""What the watch costs: the same training with it and without, side by side, by the CPU time of the loop.

    python benchmarks/watch_overhead.py [--data ../shared/data] [--pairs 6] [--ticks 5] [--only "auto, MNIST"]

Prints a Markdown table: the median over the pairs of (CPU time with) / (CPU time without) - 1, lowest and highest.
Both train exactly the same steps on one thread and take no scores. As long a tick as at the recipe's own budget, or as
in one minute, where a tick takes five seconds; the rows of few steps to a tick show what a look costs beside a step.
The two of a pair run at the same time, each on a core of its own, and change cores from pair to pair: what else the
machine does and how fast it is at the moment then falls on both. On one core they run one after the other.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

WATCHES = ("off", "warn")


class Run(NamedTuple):
    """What is trained, and so many images to a tick."""

    data: str
    recipe: tuple[str, ...]
    tick_images: int


AUTO = ("--recipe", "auto")
NARROW = ("--recipe", "dcgan", "--set", "networks.generator.width=16", "--set", "networks.critic.width=16")
RUNS = {
    "auto, toy:ring": Run("toy:ring", AUTO, 40_000),  # a fiftieth of 2,000,000
    "auto, digits": Run("digits", AUTO, 20_000),  # of 1,000,000
    "auto, MNIST": Run("mnist", AUTO, 20_000),
    "auto, MNIST, a minute": Run("mnist", AUTO, 4_800),
    "dcgan of width 16, MNIST": Run("mnist", NARROW, 60_000),  # of 3,000,000
    "dcgan of width 16, MNIST, few steps": Run("mnist", NARROW, 2_048),
}


def main() -> None:
    """Train in pairs and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--ticks", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    options = parser.parse_args()
    print("| run | images to a tick | cost of the watch | lowest to highest |\n|---|---|---|---|")
    for name in options.only:
        run = RUNS[name]
        place = str(options.data / run.data) if run.data == "mnist" else run.data
        costs = [cost(place, run, options.ticks, WATCHES[:: 1 - 2 * (pair % 2)]) for pair in range(options.pairs)]
        middle, low, high = (100 * of(costs) for of in (statistics.median, min, max))
        print(f"| {name} | {run.tick_images:,} | {middle:.2f} % | {low:.2f} to {high:.2f} % |", flush=True)


def cost(place: str, run: Run, ticks: int, order: tuple[str, ...]) -> float:
    """How much more CPU time the run takes with the watch than without; the first in order has the first core."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    with tempfile.TemporaryDirectory() as folder:
        started = {}
        for watch, core in zip(order, cores if len(cores) > 1 else cores * 2, strict=False):
            started[watch] = subprocess.Popen(
                command(place, run, ticks, watch, Path(folder, watch)),
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                stdout=subprocess.DEVNULL,
                preexec_fn=bound_to(core) if len(cores) > 1 else None,
            )
            if len(cores) == 1:
                started[watch].wait()
        if any(process.wait() for process in started.values()):
            sys.exit("a run ended with an error, as it says above")
        seconds = {watch: cpu_seconds(Path(folder, watch)) for watch in order}
    return seconds["warn"] / seconds["off"] - 1


def command(place: str, run: Run, ticks: int, watch: str, out: Path) -> list[str]:
    """The training, as one would type it."""
    words = [place, *run.recipe, "--images", str(ticks * run.tick_images), "--set", f"tick_images={run.tick_images}"]
    words += ["--watch", watch, "--clock", "cpu", "--set", "score_every_ticks=1000000", "--set", "score_samples=10"]
    words += ["--display", "silent", "--workers", "0", "--device", "cpu", "--out", str(out)]
    return [sys.executable, "-m", "mulligan", "train", *words]


def bound_to(core: int) -> Callable[[], None]:
    """What a process does first, to stay on a core."""
    return lambda: os.sched_setaffinity(0, {core})


def cpu_seconds(folder: Path) -> float:
    """CPU time of the loop, as the last tick tells it."""
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return float([event["seconds"] for event in events if event["event"] == "tick"][-1])


if __name__ == "__main__":
    main()
