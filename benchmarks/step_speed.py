"""Images per second of a step beside the usual tutorial loop on equal networks, and beside what the machine can do.

    python benchmarks/step_speed.py [RECIPE ...] [--data ../shared/data/mnist] [--threads 1] [--windows 7]
                                    [--batch 128] [--size 64] [--csv FILE]

For each recipe both are built from equal networks and numbers and trained in turns, A B A B: windows of about two
seconds after a warm-up, each in a process of its own, as what ours asks of the C library would serve the other too.
Ours holds its data on the device, the other has PyTorch's own layers and a loader with two workers, as in tutorials,
whose time counts as theirs. Prints the medians, the median of the ratios of neighbouring windows with the
lowest and highest, and which share of the machine's measured matrix product peak our step makes (operations of
convolutions and products as torch counts them, forward and backward). Recipes whose game the plain loop does not know
have no ratio.
"""

import argparse
import csv
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _plain_loop import PlainLoop, forever
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import conv_flop_count, flop_registry

from mulligan import recipes
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.train.draws import Draws

WINDOW = 2.0  # seconds
PEAK_SIDE = 2048
COLUMNS = ("recipe", "batch", "ours, images/s", "plain loop", "ratio", "lowest to highest", "share of the peak")


@dataclass
class Ours:
    """Mulligan's step on its feed."""

    recipe: object
    step: Callable
    rounds: object
    images: int = 0

    def __call__(self) -> dict[str, Any]:
        told = self.step(next(self.rounds), self.recipe.numbers(self.images), self.images)
        self.images += self.recipe.images_per_step
        return told


def main() -> None:
    """Print a row to each recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=list(recipes.names()))
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--windows", type=int, default=7)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--size", type=int, help="pixels a side; as found where it is not said")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    peak = matrix_peak()
    print(f"{options.threads} thread(s), matrix products of {PEAK_SIDE}x{PEAK_SIDE}: {peak / 1e9:.0f} GFLOP/s\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    rows = []
    for name in options.recipes:
        rows.append(row(name, options, peak))
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def row(name: str, options: argparse.Namespace, peak: float) -> tuple[str, ...]:
    """One recipe in pairs of windows."""
    plan, recipe, backend = prepared(name, options)
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
    feed = backend.feed(recipe, plan.source, plan.codec, Draws(0), 0)
    ours = Ours(recipe, step, feed.rounds(0))
    flops = counted(ours)
    speeds: dict[str, list[float]] = {"ours": [], "plain": []}
    with other_process(name, options) as plain:
        for window in range(options.windows + 1):  # the first one warms up
            speed = images_per_second(ours, recipe.images_per_step)
            speeds["ours"] += [speed] if window else []
            if plain is not None:
                plain.send("play")
                speed = plain.recv()
                speeds["plain"] += [speed] if window else []
    mine = statistics.median(speeds["ours"])
    share = flops * mine / recipe.images_per_step / peak
    cells = (name, str(recipe.batch_size), f"{mine:,.0f}" if mine >= 10 else f"{mine:.2g}")
    if not speeds["plain"]:
        return (*cells, "", "", "", f"{100 * share:.0f} %")
    ratios = [a / b for a, b in zip(speeds["ours"], speeds["plain"], strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    theirs = f"{statistics.median(speeds['plain']):,.0f}"
    return (*cells, theirs, f"{statistics.median(ratios):.2f}", spread, f"{100 * share:.0f} %")


def prepared(name: str, options: argparse.Namespace) -> tuple[Any, Any, Any]:
    """The plan, its recipe as it is trained, and the backend."""
    plan = make_plan(options.data, Options(recipe=name, batch=options.batch, size=options.size), "cpu")
    return plan, plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")


@contextmanager
def other_process(name: str, options: argparse.Namespace) -> Iterator[Connection | None]:
    """Where the plain loop plays a window at each word; None where it does not know the game."""
    new = multiprocessing.get_context("spawn")
    ours, theirs = new.Pipe()
    process = new.Process(target=play_windows, args=(name, options, theirs))
    process.start()
    try:
        yield ours if ours.recv() else None
    finally:
        ours.send(None)
        process.join()


def play_windows(name: str, options: argparse.Namespace, told: Connection) -> None:
    """What the other process does."""
    torch.set_num_threads(options.threads)
    plan, recipe, backend = prepared(name, options)
    play = plain_loop(recipe, plan, backend)
    told.send(play is not None)
    while told.recv():
        told.send(images_per_second(play, recipe.images_per_step))


def plain_loop(recipe: object, plan: object, backend: object, workers: int = 2, seed: int = 0) -> PlainLoop | None:
    """The tutorial form of the recipe's game; None where it is another one."""
    game = recipe.game
    names = sorted(penalty.name for penalty in game.penalties)
    pair = isinstance(game.objective, RelativisticPair) and names == ["r1", "r2"]
    usual = isinstance(game.objective, NonSaturating) and not names
    if not (pair or usual) or game.critic_turns != 1 or recipe.labels or recipe.augment:
        return None
    raw = torch.from_numpy(plan.source.read(np.arange(len(plan.source)))["real"])
    networks = backend.networks(recipe, plan.codec.shape, 0, seed=seed)
    return PlainLoop(networks, forever(raw, recipe.batch_size, workers), recipe, pair)


def images_per_second(play: Callable[[], Any], images: int) -> float:
    """Speed over a window."""
    count, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < WINDOW:
        play()
        count += 1
    return count * images / taken


def counted(play: Callable[[], Any]) -> int:
    """Operations of one call."""
    with Counter() as counter:
        play()
    return counter.total


class Counter(TorchDispatchMode):
    """Adds up torch's own formulas; its `FlopCounterMode` cannot follow a gradient at the input.

    That of a convolution's gradients forgets that grouped ones are smaller: each of the two takes what the
    convolution itself takes.
    """

    total = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = function(*args, **(kwargs or {}))
        if function._overloadpacket == torch.ops.aten.convolution_backward:
            of_answer, image, weight = args[:3]
            once = conv_flop_count(image.shape, weight.shape, of_answer.shape, transposed=args[7])
            self.total += once * sum(args[10][:2])
        elif (formula := flop_registry.get(function._overloadpacket)) is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=answer)
        return answer


def matrix_peak() -> float:
    """Operations per second of a large product in float32, the best of several."""
    a, b = (torch.randn(PEAK_SIDE, PEAK_SIDE) for _ in range(2))
    best = 0.0
    for _ in range(8):
        start = time.perf_counter()
        a @ b
        best = max(best, 2 * PEAK_SIDE**3 / (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    sys.exit(main())
