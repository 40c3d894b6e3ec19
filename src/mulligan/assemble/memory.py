"""Whether a training step fits into the memory of the device: tried before training, and said in one sentence."""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from mulligan import tensorfile
from mulligan.assemble.plan import Options, Plan
from mulligan.errors import DeviceError, is_out_of_memory
from mulligan.metrics._neighbors import load_neighbors
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws

SPARE_BYTES = 128 * 10**6  # of the machine's memory, for samples, files and scores, whose libraries took half of it
_STEPS = 2  # the second one has the optimizers' states beside it


def fit(plan: Plan, options: Options, backend: Any) -> list[str]:
    """Try the largest phases on the device and, where it is wished, take each batch in parts so that they fit.

    The plan's recipe gets the parts, and what was changed is returned in words. DeviceError where nothing fits. It is
    done where memory is scarce or it was asked for: a graphics card, or ``--fit-memory``.
    """
    if backend.group.size > 1:  # a step that is tried must be tried by all, and one may lack what others have
        if options.fit_memory:
            raise DeviceError("--fit-memory is for one process; take the batch in parts by hand: --set accumulate=2")
        return []
    if not backend.survives_shortage:
        if options.fit_memory:
            raise DeviceError(f"--fit-memory has no {backend.name} form; take the batch in parts: --set accumulate=2")
        return []
    scarce = backend.device.type == "cuda" and not plan.recipe.compile  # compiling twice takes minutes
    if not scarce and not options.fit_memory:
        return []
    load_neighbors()  # what scores need for themselves is no room for a step
    whole = plan.recipe
    whole.refuse_lonely(processes=1)
    for parts in _divisors(whole.batch_size, from_=whole.accumulate, least=whole.fewest_at_once):
        backend.give_memory_back()
        recipe = replace(whole, accumulate=parts)
        if _fits(recipe, plan, options.seed or 0, backend):
            plan.recipe = recipe
            return [_told(recipe)] if parts > whole.accumulate else []
        if not options.fit_memory:
            break
    raise shortage(whole, options.fit_memory)


def shortage(recipe: Recipe, in_parts: bool = False) -> DeviceError:
    """The sentence for a step that does not fit."""
    least = "one sample of a batch" if in_parts else f"{recipe.batch_size // recipe.accumulate} samples at once"
    lower = "lower --batch, --size, or the width of the networks (--set networks.critic.width=...)"
    other = "" if in_parts else "; or type --fit-memory, which takes each batch in parts that fit"
    return DeviceError(f"there is not enough memory for {least}: {lower}{other}")


@contextmanager
def shortage_told(recipe: Recipe) -> Iterator[None]:
    """Turn a lack of memory into its sentence."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise shortage(recipe) from error
        raise


def _fits(recipe: Recipe, plan: Plan, seed: int, backend: Any) -> bool:
    try:
        _play(recipe.resolve(recipe.images), plan, seed, backend)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        fitted = False
    else:
        fitted = True
    # Out here the error is gone, and with it the frames that held on to the tensors.
    gc.collect()
    return fitted


def _play(recipe: Recipe, plan: Plan, seed: int, backend: Any) -> None:
    """Whole rounds, of which the critic's turn with its penalties is mostly the largest, and the product measured."""
    spare = np.empty(SPARE_BYTES, np.uint8)
    draws, numbers = Draws(seed), recipe.numbers(0)
    if recipe.augment is not None:  # which may begin with a probability of 0
        numbers["augment_probability"] = 1.0
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed)
    feed = backend.feed(recipe, plan.source, plan.codec, draws, 0)
    with closing(feed.rounds(0)) as rounds:
        for _ in range(_STEPS):
            step(next(rounds), numbers, 0)
    backend.product(step, recipe, draws, plan.class_counts)
    tensorfile.check_memory(backend.arrays(step))
    del spare
    backend.synchronize()


def _divisors(batch_size: int, from_: int, least: int) -> Iterator[int]:
    """Numbers of equal parts of at least so many samples, each at least twice the one before."""
    parts = from_
    while parts * least <= batch_size:
        if batch_size % parts == 0:
            yield parts
            parts *= 2
        else:
            parts += 1


def _told(recipe: Recipe) -> str:
    each = recipe.batch_size // recipe.accumulate
    mixing = any(getattr(net, "normalization", "") == "batch" or getattr(net, "batch_norm", False)
                 for net in recipe.networks.values())  # fmt: skip
    norm = f"; batch norm then sees {each} samples, which changes the training a little" if mixing else ""
    return f"memory: each batch of {recipe.batch_size} in {recipe.accumulate} parts of {each}, which fit{norm}"
