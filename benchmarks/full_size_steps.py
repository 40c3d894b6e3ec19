"""One round of turns of every recipe at its full size and batch: that it runs, how long it takes, what it needs.

    python benchmarks/full_size_steps.py [RECIPE ...] [--size 32] [--batch N] [--device cpu]

Prints parameters, seconds for one round after a first one, images per second and the largest memory. The data is
digits, enlarged; r3gan at a batch of 16 took 5.9 GB on a CPU, and its own batch of 512 wants a large GPU, so `--batch`
lowers it.
"""

import argparse
import time
from dataclasses import replace

from mulligan import data, recipes
from mulligan.assemble._backend import open_backend
from mulligan.codecs.image import ImageCodec
from mulligan.train.draws import Draws


def main() -> None:
    """Parse the command line and print a row per recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", default=[name for name in recipes.names() if name != recipes.AUTO])
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    print(
        f"{'recipe':<12} {'batch':>5} {'generator':>12} {'critic':>12} {'seconds':>9} {'images/s':>9} {'memory GB':>10}"
    )
    for name in options.recipes:
        print(row(name, options), flush=True)


def row(name: str, options: argparse.Namespace) -> str:
    """Play two rounds of one recipe, the second on the clock."""
    recipe = recipes.get(name)
    recipe = replace(recipe, batch_size=options.batch) if options.batch else recipe
    codec = ImageCodec(size=(options.size, options.size), channels=3)
    source = data.open_source("digits", codec, cache=False)
    labels = len(source.class_names) if recipe.labels else 0
    recipe = recipe.fit(codec.shape, labels).resolve(recipe.images)
    backend = open_backend("torch", options.device)
    step = backend.step(recipe, codec.shape, labels, seed=0)
    rounds = backend.feed(recipe, source, codec, Draws(0), workers=0).rounds(0)
    step(next(rounds), recipe.numbers(0), 0)
    backend.synchronize()
    start = time.monotonic()
    step(next(rounds), recipe.numbers(0), recipe.images_per_step)
    backend.synchronize()
    seconds = time.monotonic() - start
    sizes = [backend.parameter_count(step.networks[role]) for role in ("generator", "critic")]
    speed = recipe.images_per_step / seconds
    memory = backend.memory_bytes() / 1e9
    counts = f"{recipe.batch_size:>5} {sizes[0]:>12,} {sizes[1]:>12,}"
    return f"{name:<12} {counts} {seconds:>9.3f} {speed:>9.1f} {memory:>10.2f}"


if __name__ == "__main__":
    main()
