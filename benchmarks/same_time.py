"""Recipes side by side for the same time on the same data, two at a time with one thread each, and scored alike.

    python benchmarks/same_time.py DATA [--recipes dcgan auto] [--time 20m] [--seed 0] [--out runs/same-time]
                                   [--pictures docs/pictures]

Prints a Markdown table: images seen, and every measure of the last checkpoint on 10,000 samples, on the extractor that
fits the data and on random convolutions, with what real test pictures get. The runs share the machine while they
train, so their budgets are equal whatever else it does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

EXTRACTORS = ("auto", "random_conv")


def main() -> None:
    """Train, score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--recipes", nargs="+", default=["dcgan", "auto"])
    parser.add_argument("--time", default="20m")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/same-time"))
    parser.add_argument("--pictures", type=Path, help="copy each run's grid of generated pictures here")
    options = parser.parse_args()
    name = Path(options.data).name.replace(":", "-")
    folders = {recipe: options.out / f"{name}-{Path(recipe).stem}-{options.seed}" for recipe in options.recipes}
    started = [start(options, recipe, folder) for recipe, folder in folders.items() if not folder.exists()]
    if any(process.wait() for process in started):
        sys.exit("a run failed; its own words are above")
    for index, (recipe, folder) in enumerate(folders.items()):
        if options.pictures:
            copy_grid(folder, options.pictures / f"{name}-{Path(recipe).stem}.png")
        for row in table(recipe, folder, with_head=index == 0):
            print(row, flush=True)


def start(options: argparse.Namespace, recipe: str, folder: Path) -> subprocess.Popen:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "mulligan", "train", options.data, "--recipe", recipe, "--time", options.time]
    command += ["--seed", str(options.seed), "--out", str(folder), "--display", "plain"]
    return subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=sys.stderr)


def copy_grid(folder: Path, target: Path) -> None:
    """Generate 64 pictures and keep their grid."""
    run("generate", folder, "-n", "64", "--seed", "0", "--out", folder / "pictures")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "pictures" / "grid.png", target)


def table(recipe: str, folder: Path, with_head: bool) -> list[str]:
    """Markdown rows of one run, one per extractor."""
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    images = max(event["images"] for event in events)
    rows: list[str] = []
    columns: list[str] = []
    for extractor in EXTRACTORS:
        found = json.loads(run("evaluate", folder, "--extractor", extractor, "--json"))
        floors = {score["measure"]: score["value"] for score in found["floor"] or []}
        values = {score["measure"]: score["value"] for score in found["scores"]}
        if not columns:
            columns = list(values)
            rows += [f"| recipe | images | extractor | {' | '.join(columns)} |", "|---" * (3 + len(columns)) + "|"]
        used = found["scores"][0]["protocol"]["extractor"]
        cells = [f"{values[name]:.4g} ({floors[name]:.3g})" if name in values else "" for name in columns]
        rows.append(f"| {recipe} | {images:,} | {used} | {' | '.join(cells)} |")
    return rows if with_head else rows[2:]


def run(*words: object) -> str:
    """The standard output of a mulligan command."""
    command = [sys.executable, "-m", "mulligan", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
