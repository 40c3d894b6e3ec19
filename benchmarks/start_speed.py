"""How long one waits: for the command line, for the first step, for pictures by the command and in a program.

    python benchmarks/start_speed.py [--repeats 5] [--samples 10000] [--csv FILE]

Trains the default on the embedded digits for 20 seconds, then times whole commands as processes of their own, and in
this process how long a batch of pictures takes. Medians with lowest and highest; the disk is the temporary folder's.
Each repeat writes into a folder of its own, and nothing is removed until the end: ext4 without a journal passes over
each inode that was removed within the last minute or is not written yet, of thousands for every file that it makes.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS = ("what", "seconds", "lowest to highest", "of it the processor's")
BATCHES = (1, 16, 64, 256, 1024)


def main() -> None:
    """Print a row to each command, then one to each batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        run, out = Path(folder) / "run", Path(folder) / "out"
        command("train", "digits", "--time", "20s", "--out", str(run), "--display", "silent")
        commands = {
            "mulligan --help": ["--help"],
            "mulligan train --help": ["train", "--help"],
            "mulligan list": ["list"],
            "mulligan train digits --steps 1": ["train", "digits", "--steps", "1", "--display", "silent"],
            "mulligan generate RUN -n 1": ["generate", str(run), "-n", "1"],
            f"mulligan generate RUN -n {options.samples}": ["generate", str(run), "-n", str(options.samples)],
        }
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        for name, words in commands.items():
            writes = words[0] in ("train", "generate") and "--help" not in words
            places = (["--out", str(out / f"{len(rows)}-{turn}")] if writes else [] for turn in range(options.repeats))
            rows.append(row(name, [timed(words + place) for place in places]))
            print(f"| {' | '.join(rows[-1])} |", flush=True)
        print("\n".join(of_batches(run)))
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def command(*words: str) -> None:
    """One command, without its words."""
    subprocess.run([sys.executable, "-m", "mulligan", *words], check=True, stdout=subprocess.DEVNULL)


def timed(words: list[str]) -> tuple[float, float]:
    """Seconds of a command, and those of the processor."""
    before, start = os.times(), time.perf_counter()
    command(*words)
    seconds, after = time.perf_counter() - start, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, spent


def row(name: str, times: list[tuple[float, float]]) -> tuple[str, ...]:
    """One line of the table."""
    seconds, spent = zip(*times, strict=True)
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    return (f"`{name}`", f"{statistics.median(seconds):.2f}", spread, f"{statistics.median(spent):.2f}")


def of_batches(run: Path) -> list[str]:
    """Latency and pictures per second of a loaded model by the size of the batch."""
    from mulligan.apps.model import load

    model = load(run)
    lines = ["", "| pictures at once | milliseconds | pictures/s |", "|---|---|---|"]
    for count in BATCHES:
        seconds = repeated(lambda count=count: model.generate(count), least=1.0)
        lines.append(f"| {count:,} | {1000 * seconds:.2f} | {count / seconds:,.0f} |")
    return lines


def repeated(play: Callable[[], object], least: float) -> float:
    """Median seconds of a call, over at least so many seconds."""
    play()
    taken: list[float] = []
    while sum(taken) < least:
        start = time.perf_counter()
        play()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
