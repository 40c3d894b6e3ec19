"""How good a recipe is after how much time: its Frechet distance over the processor's seconds, as a table and a plot.

    python benchmarks/time_to_quality.py ../shared/data/mnist [--recipes auto dcgan] [--time 20m] [--seed 0]
                               [--reference dcgan] [--out runs/time-to-quality] [--docs docs] [--no-train]

Each recipe trains on one thread until it has spent TIME of the processor, one after the other; runs that are there are
kept and unfinished ones go on. The scores are those that a run takes by itself: the last checkpoint, 2,000 samples, so
biased upwards, for all alike. The time holds all that a run does, its scores and pictures too. The table says when each
recipe was first as good as the reference at its end, and how good it was after 1, 5 and 20 minutes. With ``--docs`` the
points go to DOCS/tables/time-to-quality.csv and the plot to DOCS/pictures/time-to-quality.png (needs matplotlib).
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from mulligan.assemble._machine import thread_variables

MINUTES = (1, 5, 20)
COLUMNS = ("recipe", "images", "seconds", "frechet", "low", "high", "extractor")
Point = dict[str, float]


def main() -> None:
    """Train what is missing, read the logs, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--recipes", nargs="+", default=["auto", "dcgan", "lsgan", "wgan-gp", "wgan", "dense"])
    parser.add_argument("--reference", default="dcgan")
    parser.add_argument("--time", default="20m")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--out", type=Path, default=Path("runs/time-to-quality"))
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--train", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    curves: dict[str, list[Point]] = {}
    for name in options.recipes:
        folder = options.out / f"{name}-seed{options.seed}"
        if options.train:
            train(options, name, folder)
        if (folder / "log.jsonl").exists() and (points := curve(folder)):
            curves[name] = points
    print("\n".join(table(curves, options.reference)))
    if options.docs:
        write(curves, options.docs / "tables" / "time-to-quality.csv")
        draw(curves, options.docs / "pictures" / "time-to-quality.png")


def train(options: argparse.Namespace, name: str, folder: Path) -> None:
    """Begin, or go on: a run whose budget is spent says so at once."""
    words = [options.data, "--recipe", name, "--time", options.time, "--clock", "cpu", "--seed", options.seed]
    words = ["--resume", str(folder)] if folder.exists() else [*words, "--device", "cpu", "--out", str(folder)]
    command = [sys.executable, "-m", "mulligan", "train", *words, "--display", "silent"]
    print(" ".join(command[1:]), file=sys.stderr, flush=True)
    subprocess.run(command, env=os.environ | thread_variables(1), stdout=subprocess.DEVNULL, check=True)


def curve(folder: Path) -> list[Point]:
    """The Frechet distances of a run's log with the seconds of their ticks."""
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    seconds = {event["images"]: event["seconds"] for event in events if event["event"] == "tick"}
    points = []
    for event in events:
        for score in event.get("scores", []) if event["event"] == "score" else []:
            if score["measure"] == "frechet":
                place = {"images": event["images"], "seconds": seconds[event["images"]]}
                numbers = {"frechet": score["value"], "low": score["low"], "high": score["high"]}
                points.append(place | numbers | {"extractor": score["protocol"]["extractor"]})
    return points


def table(curves: dict[str, list[Point]], reference: str) -> list[str]:
    """Markdown: a line to each recipe, the best at its end first."""
    goal = curves[reference][-1]["frechet"] if curves.get(reference) else None
    heads = ["recipe", *(f"after {minutes} min" for minutes in MINUTES), "at the end", "seconds of the processor"]
    heads.append(f"as good as `{reference}` at its end")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, points in sorted(curves.items(), key=lambda item: item[1][-1]["frechet"]):
        last = points[-1]
        reached = [point["seconds"] for point in points if goal is not None and point["frechet"] <= goal]
        cells = [after(points, 60 * minutes) for minutes in MINUTES]
        cells += [f"{last['frechet']:.4g}", f"{last['seconds']:,.0f}", f"{reached[0]:,.0f} s" if reached else ""]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


def after(points: list[Point], seconds: float) -> str:
    """The last score that was there by then; nothing where the run is shorter."""
    by_then = [point["frechet"] for point in points if point["seconds"] <= seconds]
    return f"{by_then[-1]:.4g}" if by_then and points[-1]["seconds"] >= 0.9 * seconds else ""


def write(curves: dict[str, list[Point]], path: Path) -> None:
    """One line to each point."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({"recipe": name} | point for name, points in curves.items() for point in points)


def draw(curves: dict[str, list[Point]], path: Path) -> None:
    """Both axes logarithmic."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        sys.exit("the plot needs matplotlib; install it with: pip install matplotlib")
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="seconds of the processor", ylabel="Frechet distance")
    for name, points in curves.items():
        axes.plot([point["seconds"] for point in points], [point["frechet"] for point in points], ".-", label=name)
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
