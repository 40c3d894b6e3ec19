"""The classic systems on MNIST in both frameworks: trained by one command each, scored alike, in one table.

    python benchmarks/classic_systems.py ../shared/data/mnist [--frameworks tensorflow torch] [--time 20m]
                               [--steps 10000] [--systems dense wgan] [--seed 0] [--out runs/classic-systems]
                               [--docs docs] [--no-train]

A run ends after TIME of the processor or STEPS, whichever comes first; each has one thread. Runs that are there are
kept and unfinished ones go on. Both frameworks' models are scored in PyTorch by one extractor each, so that a
difference is one of training: the last checkpoint, 10,000 samples against all training pictures. With ``--docs`` the
rows go into DOCS/tables/classic-systems.csv, where those of runs that are not here stay, and each run's grid to
DOCS/pictures.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from mulligan.assemble._machine import thread_variables

# Name -> what is typed after `mulligan train DATA`: the published recipe, and what its system says otherwise.
SYSTEMS = {
    "dense": "--recipe dense",
    "skeleton": "--recipe dcgan --set learning_rate=1e-4 --set batch_size=32",
    "dense-conv": "--recipe dense-conv",
    "wgan": "--recipe wgan",
    "wgan-gp": "--recipe wgan-gp",
    "dcgan": "--recipe dcgan",
}
FRAMEWORKS = ("tensorflow", "torch")
MEASURES = {"auto": "frechet,precision_recall,label_shares", "random_conv": "frechet"}
COLUMNS = ("system", "framework", "steps", "images", "seconds", "extractor", "measure", "value", "low", "high")


def main() -> None:
    """Train what is missing, score, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--frameworks", nargs="+", choices=FRAMEWORKS, default=FRAMEWORKS)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--time", default="20m")
    parser.add_argument("--steps", default="10000")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--out", type=Path, default=Path("runs/classic-systems"))
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--train", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    file = options.docs / "tables" / "classic-systems.csv" if options.docs else None
    rows: list[dict[str, Any]] = []
    for framework in options.frameworks:
        for system in options.systems:
            folder = options.out / f"{system}-{framework}-seed{options.seed}"
            if options.train:
                train(options, system, framework, folder)
            if (folder / "log.jsonl").exists():
                rows += scored(options, system, framework, folder)
    if file:
        rows = together(rows, file)
    print("\n".join(table(rows)))


def together(rows: list[dict[str, Any]], file: Path) -> list[dict[str, Any]]:
    """The rows with those that the file has of other runs, written there; in the order of systems and frameworks."""
    measured = {(row["system"], row["framework"]) for row in rows}
    if file.exists():
        with file.open(newline="") as there:
            found = [as_numbers(row) for row in csv.DictReader(there)]
        rows = rows + [row for row in found if (row["system"], row["framework"]) not in measured]
    rows.sort(key=lambda row: (list(SYSTEMS).index(row["system"]), FRAMEWORKS.index(row["framework"])))
    with file.open("w", newline="") as new:
        writer = csv.DictWriter(new, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def as_numbers(row: dict[str, str]) -> dict[str, Any]:
    """A row of the file as `scored` makes it."""
    kinds: dict[str, Any] = {"steps": int, "images": int} | dict.fromkeys(("seconds", "value", "low", "high"), float)
    return {name: kinds.get(name, str)(text) if text else None for name, text in row.items()}


def train(options: argparse.Namespace, system: str, framework: str, folder: Path) -> None:
    """Begin, or go on: a run whose budget is spent says so at once."""
    if folder.exists():
        words = ["--resume", str(folder)]
    else:
        words = [options.data, *SYSTEMS[system].split(), "--backend", framework, "--out", str(folder)]
        words += ["--steps", options.steps, "--time", options.time, "--clock", "cpu", "--seed", options.seed]
    print("mulligan train", *words, file=sys.stderr, flush=True)
    mulligan("train", *words, "--display", "silent")


def scored(options: argparse.Namespace, system: str, framework: str, folder: Path) -> list[dict[str, Any]]:
    """One row per number; kept in the run's folder, with its grid."""
    cost = spent(folder)
    rows = []
    for extractor, measures in MEASURES.items():
        kept = folder / f"{extractor}.json"
        if not kept.exists():
            words = ("--extractor", extractor, "--measures", measures, "--backend", "torch", "--out", str(kept))
            mulligan("evaluate", str(folder), *words)
        for score in json.loads(kept.read_text())["scores"]:
            row = {"system": system, "framework": framework, **cost, "extractor": score["protocol"]["extractor"]}
            rows.append(row | {name: score.get(name) for name in ("measure", "value", "low", "high")})
    if options.docs:
        mulligan("generate", str(folder), "-n", "64", "--seed", "0", "--out", str(folder / "pictures"))
        target = options.docs / "pictures" / f"classic-{system}-{framework}.png"
        shutil.copyfile(folder / "pictures" / "grid.png", target)
    return rows


def spent(folder: Path) -> dict[str, float]:
    """Steps, images and seconds of the processor of the run, by its log."""
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    last = [event for event in events if event["event"] == "tick"][-1]
    return {"steps": last["step"], "images": last["images"], "seconds": last["seconds"]}


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown: a line per system and framework."""
    names = list(dict.fromkeys((row["measure"], row["extractor"]) for row in rows))
    lines = ["| system | framework | steps | images | " + " | ".join(f"{name} ({by})" for name, by in names) + " |"]
    lines.append("|---" * (4 + len(names)) + "|")
    for system, framework in dict.fromkeys((row["system"], row["framework"]) for row in rows):
        own = [row for row in rows if (row["system"], row["framework"]) == (system, framework)]
        values = {(row["measure"], row["extractor"]): row for row in own}
        cells = [f"{values[name]['value']:.4g}" if name in values else "" for name in names]
        counts = f"{own[0]['steps']:,} | {own[0]['images']:,}"
        lines.append(f"| `{system}` | {framework} | {counts} | {' | '.join(cells)} |")
    return lines


def mulligan(*words: str) -> None:
    """One command with one thread; ends this script with its own words where it fails."""
    command = [sys.executable, "-m", "mulligan", *words]
    done = subprocess.run(command, env=os.environ | thread_variables(1), stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
