"""What a step costs as it grows: time and memory over width, size, batch and processes, with their exponents.

    python benchmarks/step_growth.py [--recipe dcgan] [--steps 8] [--csv FILE]

Pictures are noise. Each row is a process of its own on one thread, which trains the recipe with one of its sizes
changed: the median of the processor's time of a step, and the most memory that the process has for itself beyond what
it had before its networks. The rows of several processes are ``mulligan train --processes``: the images per second of
their ticks, as a batch is shared. The last lines fit cost ~ size^exponent, with the side of the pictures as their size.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mulligan.assemble._machine import thread_variables

os.environ |= thread_variables(1)  # before anything that reads them is loaded

import numpy as np
from growth import Most

from mulligan.train import log

USUAL = {"width": 32, "size": 32, "batch": 64}
GROWING = {"width": (16, 32, 64, 128), "size": (16, 32, 64, 128), "batch": (16, 32, 64, 128, 256)}
PROCESSES = (1, 2)
PICTURES = 1_000
COLUMNS = ("what grows", "to", "milliseconds of a step", "memory, MB", "images/s")


def main() -> None:
    """Print a row to each size, then the fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="dcgan")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--measure", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.recipe, options.steps, **options.measure)))
        return
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    rows: list[tuple[str, int, float, float, float]] = []
    for what, sizes in GROWING.items():
        for size in sizes:
            point = USUAL | {what: size}
            cost = child(options, point)
            rows.append((what, size, cost["step"], cost["memory"], 1000 * point["batch"] / cost["step"]))
            print(line(rows[-1]), flush=True)
    for count in PROCESSES:
        rows.append(("processes", count, float("nan"), float("nan"), together(options, count)))
        print(line(rows[-1]), flush=True)
    print("\n".join(fits(rows)))
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def line(row: tuple[str, int, float, float, float]) -> str:
    """One row of the table; what was not measured is left out."""
    numbers = ("" if np.isnan(number) else f"{number:,.0f}" for number in row[2:])
    return f"| {row[0]} | {row[1]} | {' | '.join(numbers)} |"


def child(options: argparse.Namespace, point: dict[str, int]) -> dict[str, float]:
    """The numbers of a process of its own."""
    words = ["--recipe", options.recipe, "--steps", str(options.steps), "--measure", json.dumps(point)]
    done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def measured(name: str, steps: int, width: int, size: int, batch: int) -> dict[str, float]:
    """Train, and say what a step took."""
    from mulligan.assemble._backend import open_backend
    from mulligan.assemble.plan import Options, make_plan
    from mulligan.train.draws import Draws

    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(noise(folder, size), Options(recipe=name, batch=batch, set=widths(width)), "cpu")
        recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
        most = Most()
        before = most.restart()
        step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
        rounds = backend.feed(recipe, plan.source, plan.codec, Draws(0), 0).rounds(0)
        taken = []
        for index in range(steps + 1):
            start = time.process_time()
            step(next(rounds), recipe.numbers(0), index * batch)
            taken.append(time.process_time() - start)
        return {"step": 1000 * statistics.median(taken[1:]), "memory": (most.bytes - before) / 1e6}


def together(options: argparse.Namespace, count: int) -> float:
    """Images per second of several processes that share each batch."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["train", noise(folder, USUAL["size"]), "--recipe", options.recipe, "--batch", str(USUAL["batch"])]
        words += [word for number in widths(USUAL["width"]) for word in ("--set", number)]
        words += ["--images", str(10 * options.steps * USUAL["batch"]), "--processes", str(count), "--device", "cpu"]
        words += ["--set", "score_every_ticks=1000", "--display", "silent", "--out", f"{folder}/run"]
        subprocess.run([sys.executable, "-m", "mulligan", *words], check=True, stdout=subprocess.DEVNULL)
        ticks = [event for event in log.read(Path(folder, "run", "log.jsonl")) if event["event"] == "tick"]
        return statistics.median(tick["images_per_second"] for tick in ticks[1:])


def noise(folder: str, size: int) -> str:
    """An array file of pictures."""
    place = f"{folder}/noise.npy"
    np.save(place, np.random.default_rng(0).integers(0, 256, (PICTURES, size, size, 3), np.uint8))
    return place


def widths(width: int) -> tuple[str, ...]:
    """Of both networks."""
    return (f"networks.generator.width={width}", f"networks.critic.width={width}")


def fits(rows: list[tuple[str, int, float, float, float]]) -> list[str]:
    """How the costs follow what grows."""
    lines = [""]
    for what in GROWING:
        size, step, memory = np.log(np.array([row[1:4] for row in rows if row[0] == what])).T
        exponents = [np.polyfit(size, cost, 1)[0] for cost in (step, memory)]
        lines.append(f"{what}: time ~ {what}^{exponents[0]:.2f}, memory ~ {what}^{exponents[1]:.2f}")
    return lines


if __name__ == "__main__":
    main()
