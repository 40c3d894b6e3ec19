"""Do our step and the usual tutorial loop learn alike? Their losses over the same steps, with the spread of seeds.

    python benchmarks/loss_curves.py [RECIPE ...] [--data ../shared/data/mnist] [--steps 400] [--seeds 3]
                                     [--set networks.generator.width=16 ...]

Both begin from networks of one description and other weights for each seed, and see the data in orders of their own.
Prints each player's loss, as means over quarters of the steps: the mean of the seeds and its lowest and highest. The
last column says whether the two ranges meet.
"""

import argparse
import statistics
import sys

import torch
from step_speed import Ours, plain_loop

from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.train.draws import Draws

PARTS = 4
PLAYERS = ("critic", "generator")
Losses = list[list[float]]  # of each step, the critic's and the generator's


def main() -> None:
    """Print rows of each recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=["dcgan", "auto"])
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="a number of the recipe, as mulligan train takes it")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| recipe | loss of the | steps | ours | lowest to highest | plain loop | lowest to highest | they meet |")
    print("|---" * 8 + "|")
    for name in options.recipes:
        curves = [played(name, options, seed) for seed in range(options.seeds)]
        for row in rows(name, options.steps, *zip(*curves, strict=True)):
            print(row, flush=True)


def played(name: str, options: argparse.Namespace, seed: int) -> tuple[Losses, Losses]:
    """The losses of ours and of the plain loop."""
    plan = make_plan(options.data, Options(recipe=name, set=tuple(options.set)), "cpu")
    recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=seed)
    ours = Ours(recipe, step, backend.feed(recipe, plan.source, plan.codec, Draws(seed), 0).rounds(0))
    torch.manual_seed(seed)
    plain = plain_loop(recipe, plan, backend, workers=0, seed=seed)
    if plain is None:
        sys.exit(f"the plain loop does not know the game of {name}")
    return [losses(ours) for _ in range(options.steps)], [list(plain()) for _ in range(options.steps)]


def losses(ours: Ours) -> list[float]:
    """The sums of each player's terms in one of our steps."""
    told = ours()
    return [sum(float(x) for name, x in told.items() if name.count("/") == 1 and name.startswith(p)) for p in PLAYERS]


def rows(name: str, steps: int, ours: tuple[Losses, ...], plain: tuple[Losses, ...]) -> list[str]:
    """A row to each player and part of the steps."""
    found = []
    for index, player in enumerate(PLAYERS):
        for part in range(PARTS):
            start, stop = part * steps // PARTS, (part + 1) * steps // PARTS
            sides = [
                [statistics.mean(step[index] for step in one[start:stop]) for one in side] for side in (ours, plain)
            ]
            meet = max(map(min, sides)) <= min(map(max, sides))
            cells = [f"{statistics.mean(side):.3f} | {min(side):.3f} to {max(side):.3f}" for side in sides]
            found.append(f"| {name} | {player} | {start} to {stop} | {' | '.join(cells)} | {'yes' if meet else 'no'} |")
    return found


if __name__ == "__main__":
    main()
