"""What feeding costs a training step: sets that live on the device, that stream from the cache, that stream from files.

    python benchmarks/feed_speed.py [--data ../shared/data/mnist] [--recipes auto dense] [--windows 7] [--csv FILE]

Each way of feeding trains the same step in turns, A B C A B C: windows of about two seconds after one to warm up, with
one thread. "Fed" is what the feed gives when nothing trains; "waited" is the share of a window's time, on the clock of
the wall, that passes until batches come: medians over the windows, with lowest and highest. The bar is 5 % for what is
resident or cached. ``folder`` and ``zip`` are 4,000 of the pictures written as PNG and decoded anew at each reading, as
sets are that fit neither the disk nor the memory.
"""

import argparse
import csv
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mulligan.assemble import _framework
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.codecs._write import png_bytes
from mulligan.data import _open, open_source
from mulligan.train.draws import Draws
from mulligan.train.waiting import Waiting

WINDOW, FILES, READERS = 2.0, 4_000, 2
COLUMNS = ("recipe", "data", "readers", "fed, images/s", "trained, images/s", "waited", "lowest to highest")


@dataclass
class Way:
    """A step with a feed of one kind."""

    data: str
    readers: int
    recipe: Any
    step: Any
    rounds: Any
    images: int = 0
    fed: list[float] = field(default_factory=list)
    trained: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def window(self) -> None:
        """Ask for batches alone, then train."""
        self.fed.append(per_second(self.recipe.images_per_step, lambda: next(self.rounds), WINDOW / 4))
        waiting = Waiting(self.rounds)
        self.trained.append(per_second(self.recipe.images_per_step, lambda: self.play(waiting), WINDOW))
        self.waited.append(waiting.share())

    def play(self, rounds: Iterator[Any]) -> None:
        """One step."""
        self.step(next(rounds), self.recipe.numbers(self.images), self.images)
        self.images += self.recipe.images_per_step


def main() -> None:
    """Print a row to each recipe and way of feeding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--recipes", nargs="+", default=["auto", "dense"])
    parser.add_argument("--windows", type=int, default=7)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.recipes:
            every = ways(name, options.data, Path(folder))
            for _ in range(options.windows + 1):
                for way in every:
                    way.window()
            for way in every:
                way.rounds.close()
                rows.append(row(name, way))
                print(f"| {' | '.join(rows[-1])} |", flush=True)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def row(name: str, way: Way) -> tuple[str, ...]:
    """Medians without the first window."""
    fed, trained, waited = (each[1:] for each in (way.fed, way.trained, way.waited))
    spread = f"{100 * min(waited):.1f} to {100 * max(waited):.1f} %"
    speeds = (f"{statistics.median(each):,.0f}" for each in (fed, trained))
    return (name, way.data, str(way.readers), *speeds, f"{100 * statistics.median(waited):.1f} %", spread)


def ways(name: str, place: str, folder: Path) -> list[Way]:
    """All ways to feed one recipe's step."""
    plan = make_plan(place, Options(recipe=name), "cpu")
    recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
    folder = folder / "set"
    if not folder.exists():
        write(plan.source.read(np.arange(min(FILES, len(plan.source))))["real"], folder)
    live = {"folder": live_source(folder, plan.codec), "zip": live_source(folder.with_suffix(".zip"), plan.codec)}
    sources = [("resident", plan.source, 0), ("cache", plan.source, 0), ("cache", plan.source, READERS)]
    sources += [(kind, source, READERS) for kind, source in live.items()]
    found = []
    for kind, source, readers in sources:
        _framework.RESIDENT_BYTES = 2**40 if kind == "resident" else 0
        feed = backend.feed(recipe, source, plan.codec, Draws(0), readers, print)
        found.append(Way(kind, readers, recipe, step, feed.rounds(0)))
    return found


def write(pictures: np.ndarray, folder: Path) -> None:
    """As files and as an archive of them."""
    folder.mkdir()
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for index, raw in enumerate(pictures):
            (folder / f"{index:05d}.png").write_bytes(content := png_bytes(raw, None))
            archive.writestr(f"{index:05d}.png", content)


def live_source(place: Path, codec: Any) -> Any:
    """A source whose pictures are decoded at each reading."""
    before, _open._machine_memory = _open._machine_memory, lambda: 0
    try:
        return open_source(place, codec, cache=False)
    finally:
        _open._machine_memory = before


def per_second(images: int, play: Callable[[], Any], seconds: float) -> float:
    """Speed over so many seconds."""
    count, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds:
        play()
        count += 1
    return count * images / taken


if __name__ == "__main__":
    sys.exit(main())
