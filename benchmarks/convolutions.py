"""What our layers, and memory that stays with the process, save of a step on a CPU.

    python benchmarks/convolutions.py [RECIPE ...] [--data ../shared/data/mnist] [--pairs 9] [--seconds 1]

Three processes of one thread each train the same recipe in turns: with PyTorch's own layers and the C library as it
is, with the library keeping what is freed, and with our layers too. Prints the CPU time of a step of each as the median
over windows, and the median ratio to the first within a turn, with lowest and highest.
"""

import argparse
import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection

import torch
from _plain_loop import as_written_by_hand

from mulligan.assemble import _heap
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.train.draws import Draws

FORMS = ("as it is", "kept memory", "our layers too")
WARM = 4


def main() -> None:
    """Print a row to each recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=["auto", "dcgan", "wgan-gp"])
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    print(f"| recipe | {' | '.join(FORMS)} |\n|{'---|' * (1 + len(FORMS))}")
    for recipe in options.recipes:
        print(f"| {recipe} | {' | '.join(measured(recipe, options))} |", flush=True)


def measured(recipe: str, options: argparse.Namespace) -> list[str]:
    """A cell to each form."""
    new = multiprocessing.get_context("spawn")
    pipes = [new.Pipe() for _ in FORMS]
    processes = [
        new.Process(target=play, args=(recipe, form, options, theirs))
        for form, (_, theirs) in zip(FORMS, pipes, strict=True)
    ]
    for process in processes:
        process.start()
    turns = [[asked(ours) for ours, _ in pipes] for _ in range(options.pairs)]
    for (ours, _), process in zip(pipes, processes, strict=True):
        ours.send(None)
        process.join()
    cells = []
    for index in range(len(FORMS)):
        ratios = [turn[index] / turn[0] for turn in turns]
        spread = f", {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if index else ""
        cells.append(f"{1000 * statistics.median(turn[index] for turn in turns):.1f} ms{spread}")
    return cells


def asked(process: Connection) -> float:
    """Seconds a step, in one window."""
    process.send("play")
    return process.recv()


def play(name: str, form: str, options: argparse.Namespace, told: Connection) -> None:
    """What a process does: a window at each word."""
    torch.set_num_threads(1)
    if form == FORMS[0]:
        _heap.keep_freed_memory = lambda: False
    plan = make_plan(options.data, Options(recipe=name), "cpu")
    recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
    if form != FORMS[2]:
        for network in step.networks.values():
            as_written_by_hand(network)
    rounds = backend.feed(recipe, plan.source, plan.codec, Draws(0), 0).rounds(0)
    for _ in range(WARM):
        step(next(rounds), recipe.numbers(0), 0)
    while told.recv():
        start, count = time.process_time(), 0
        while time.process_time() - start < options.seconds:
            step(next(rounds), recipe.numbers(0), 0)
            count += 1
        told.send((time.process_time() - start) / count)


if __name__ == "__main__":
    main()
