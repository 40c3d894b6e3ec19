"""A few steps of networks that are thrown away, to learn how fast this machine is and with how many threads."""

import os
import time
from contextlib import closing
from typing import Any

from mulligan.assemble.plan import WORKERS, Options, Plan
from mulligan.train.draws import Draws

_WARM_STEPS = 2
_LARGE_STEP = 0.1  # seconds; a step that takes so long has work for every thread


def images_per_second(plan: Plan, options: Options, backend: Any, seconds: float = 3.0) -> float:
    """The speed of training alone, measured for so long and for one step at least."""
    recipe, seed = plan.recipe.resolve(plan.recipe.images), options.seed or 0
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed)
    workers = WORKERS if options.workers is None else options.workers
    feed, numbers = backend.feed(recipe, plan.source, plan.codec, Draws(seed), workers), recipe.numbers(0)
    with closing(feed.rounds(0)) as rounds:
        for _ in range(_WARM_STEPS):
            step(next(rounds), numbers, 0)
        backend.synchronize()
        start, steps = time.monotonic(), 0
        while steps < 1 or time.monotonic() - start < seconds:
            step(next(rounds), numbers, 0)
            backend.synchronize()
            steps += 1
        return steps * recipe.images_per_step / (time.monotonic() - start)


def choose_threads(plan: Plan, options: Options, backend: Any) -> None:
    """Compute with one thread where that is faster than with all: threads that wait for each other slow a tiny step.

    ``OMP_NUM_THREADS`` is a user's own choice and is left alone.
    """
    every = backend.environment()["threads"]
    if backend.device.type != "cpu" or every == 1 or "OMP_NUM_THREADS" in os.environ:
        return
    with_all = images_per_second(plan, options, backend, seconds=0.5)
    if plan.recipe.images_per_step / with_all > _LARGE_STEP:
        return
    backend.use_threads(1)
    with_one = images_per_second(plan, options, backend, seconds=0.5)
    if with_one < with_all:
        backend.use_threads(every)
    else:
        said = f"{with_one:,.0f} images/s against {with_all:,.0f} with {every}"
        plan.choices.append(f"threads: 1, because the steps are small ({said})")
