"""What the watch costs: the same training with it and without, in turns, by the CPU time of the loop.

    python benchmarks/watch_overhead.py [--data ../shared/data] [--pairs 5] [--images 1.0] [--only "auto, MNIST"]

Prints a Markdown table: the median over the pairs of (CPU time with) / (CPU time without) - 1, lowest and highest.
Both train exactly the same steps on one thread, with the fifty ticks that a run has by default and no scores.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

NARROW = ("--set", "networks.generator.width=16", "--set", "networks.critic.width=16")
RUNS = {
    "auto, toy:ring": ("toy:ring", ("--recipe", "auto"), 256_000),
    "auto, digits": ("digits", ("--recipe", "auto"), 64_000),
    "auto, MNIST": ("mnist", ("--recipe", "auto"), 16_000),
    "dcgan of width 16, MNIST": ("mnist", ("--recipe", "dcgan", *NARROW), 25_600),
}


def main() -> None:
    """Train in pairs and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--images", type=float, default=1.0, help="times as many images as are set here")
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    options = parser.parse_args()
    print("| run | images | cost of the watch | lowest to highest |\n|---|---|---|---|")
    for name in options.only:
        where, recipe, images = RUNS[name]
        place = str(options.data / where) if where == "mnist" else where
        count = round(images * options.images)
        costs = [cost(place, recipe, count, first=("off", "warn")[pair % 2]) for pair in range(options.pairs)]
        middle, low, high = statistics.median(costs), min(costs), max(costs)
        print(f"| {name} | {count:,} | {100 * middle:.2f} % | {100 * low:.2f} to {100 * high:.2f} % |", flush=True)


def cost(where: str, recipe: tuple[str, ...], images: int, first: str) -> float:
    """How much more CPU time one run takes with the watch than one without right before or after it."""
    order = (first, "warn" if first == "off" else "off")
    seconds = {watch: cpu_seconds(where, recipe, images, watch) for watch in order}
    return seconds["warn"] / seconds["off"] - 1


def cpu_seconds(where: str, recipe: tuple[str, ...], images: int, watch: str) -> float:
    """CPU time of the loop, as the last tick tells it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mulligan", "train", where, *recipe, "--images", str(images), "--watch", watch]
        command += ["--clock", "cpu", "--set", "score_every_ticks=1000000", "--set", "score_samples=10"]
        command += ["--display", "silent", "--workers", "0", "--device", "cpu", "--out", f"{folder}/run"]
        subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
        events = [json.loads(line) for line in Path(folder, "run", "log.jsonl").read_text().splitlines()]
    return [event["seconds"] for event in events if event["event"] == "tick"][-1]


if __name__ == "__main__":
    main()
