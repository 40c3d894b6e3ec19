"""What a larger set costs: time and memory to open it and to train on it, for folders of 1,000 to 200,000 pictures.

    python benchmarks/growth.py [--counts 1000 10000 50000 200000] [--size 16] [--steps 100] [--csv FILE]

The pictures are written to a temporary folder, in classes, and more are added for the next count. Each row is of
processes of its own: the set is opened for the first time (looked through, hashed, decoded into the cache), opened
again, and trained on, streaming from the cache with two readers as sets do that do not fit the device. Memory is what
the process has for itself (``RssAnon``), the most of it while it opens and the most while it trains; pages of the cache
that the system keeps for all are not in it. The last lines are fits over the rows: seconds ~ count^exponent, and bytes
for each further picture.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = 10
COLUMNS = ("pictures", "first opening, s", "again, s", "its memory, MB", "again, MB", "training, MB", "a step, ms")


def main() -> None:
    """Fill, measure, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 50_000, 200_000])
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.measure, options)))
        return
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    rows: list[list[float]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MULLIGAN_CACHE"] = f"{folder}/cache"
        for before, count in zip([0, *options.counts], options.counts, strict=False):
            fill(Path(folder) / "set", range(before, count), options.size)
            time.sleep(3)  # files younger than that are hashed again
            first, again = (child(f"{folder}/set", options) for _ in range(2))
            rows.append([count, first["seconds"], again["seconds"], first["opening"], again["opening"],
                         again["training"], again["step"]])  # fmt: skip
            print("| " + " | ".join([f"{count:,}", *(f"{value:,.1f}" for value in rows[-1][1:])]) + " |", flush=True)
    print("\n".join(fits(np.array(rows))))
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def fill(folder: Path, indices: range, size: int) -> None:
    """One small PNG each, no two of them equal."""
    for index in indices:
        random = np.random.default_rng(index)
        picture = Image.fromarray(random.integers(0, 256, (2, 2, 3), dtype=np.uint8)).resize((size, size))
        place = folder / f"class{index % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / f"{index:07d}.png", compress_level=1)


def child(place: str, options: argparse.Namespace) -> dict[str, float]:
    """The numbers of a process of its own."""
    words = ["--measure", place, "--steps", str(options.steps), "--size", str(options.size)]
    done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def measured(place: str, options: argparse.Namespace) -> dict[str, float]:
    """Open and train, and say what both took."""
    import torch

    from mulligan import recipes
    from mulligan.assemble import _framework
    from mulligan.assemble._backend import open_backend
    from mulligan.codecs import ImageCodec
    from mulligan.data import open_source
    from mulligan.train.draws import Draws

    torch.set_num_threads(1)
    most, found = Most(), {}
    begun = most.restart()
    codec = ImageCodec(size=(options.size, options.size), channels=3)
    source = open_source(place, codec)
    found["opening"] = (most.bytes - begun) / 1e6
    found["seconds"] = time.perf_counter() - most.started
    _framework.RESIDENT_BYTES = 0
    backend = open_backend("torch", "cpu")
    recipe = recipes.get("dense").fit(codec.shape, 0).resolve(10**6)
    step = backend.step(recipe, codec.shape, 0, seed=0)
    rounds = backend.feed(recipe, source, codec, Draws(0), 2, print).rounds(0)
    most.restart()
    for index in range(options.steps):
        step(next(rounds), recipe.numbers(0), index * recipe.batch_size)
    found["step"] = 1000 * (time.perf_counter() - most.started) / options.steps
    found["training"] = (most.bytes - begun) / 1e6
    rounds.close()
    return found


class Most(threading.Thread):
    """The most memory of this process's own since it was asked to start anew."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes, self.started = 0, 0.0
        self.start()

    def restart(self) -> int:
        """Forget what was, and say what is."""
        self.bytes, self.started = own_memory(), time.perf_counter()
        return self.bytes

    def run(self) -> None:
        """Look, all the time."""
        while True:
            self.bytes = max(self.bytes, own_memory())
            time.sleep(0.02)


def own_memory() -> int:
    """Bytes that belong to this process alone."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024


def fits(rows: np.ndarray) -> list[str]:
    """How each column follows the first one."""
    lines = [""]
    for index, name in enumerate(COLUMNS[1:], 1):
        if name.endswith("MB"):
            slope = np.polyfit(rows[:, 0], rows[:, index] * 1e6, 1)[0]
            lines.append(f"{name.removesuffix(', MB')}: {slope:,.0f} bytes for each further picture")
        elif name.endswith(", s"):
            exponent = np.polyfit(np.log(rows[:, 0]), np.log(rows[:, index]), 1)[0]
            lines.append(f"{name.removesuffix(', s')}: seconds ~ pictures^{exponent:.2f}")
    return lines


if __name__ == "__main__":
    main()
