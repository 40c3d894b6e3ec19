"""What the machine decides: precision, and by a few steps of networks that are thrown away, threads and speed."""

import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from typing import Any

from mulligan.assemble.plan import WORKERS, Options, Plan
from mulligan.durations import clock
from mulligan.train.draws import Draws

_WARM_STEPS = 2
_LARGE_STEP = 1.0  # seconds; one step that takes so long is measure enough
_WORTH = 1.2  # times the speed of one thread, below which all of them win or lose by chance


def choose_precision(plan: Plan, backend: Any) -> None:
    """Say once and for all what "auto" is on this device, so that a resumed run computes in the same precision."""
    precision = backend.precision(plan.recipe)
    if plan.recipe.precision != precision == "bfloat16":
        plan.choices.append("precision: bfloat16, which this device is fast at; --set precision=float32 for the other")
    plan.recipe = replace(plan.recipe, precision=precision)


def images_per_second(
    plan: Plan, options: Options, backend: Any, seconds: float, large_step: float | None = None
) -> float:
    """The speed of training alone, measured for so long and for one step at least.

    A first step that takes longer than ``large_step``, by default as long as all, is measure enough.
    """
    now = clock(options.clock)
    with closing(_steps(plan, options, backend, now)) as steps:
        first = next(steps)
        is_typical = not (backend.first_step_prepares or plan.recipe.compile)
        if is_typical and first > (large_step or seconds):
            return plan.recipe.images_per_step / first
        for _ in range(_WARM_STEPS - 1):
            next(steps)
        taken, count = 0.0, 0
        while taken < seconds:
            taken, count = taken + next(steps), count + 1
        return count * plan.recipe.images_per_step / taken


def _steps(plan: Plan, options: Options, backend: Any, now: Callable[[], float]) -> Generator[float]:
    """Play steps without end; the seconds that each of them takes, with the reading of its batch."""
    recipe, seed = plan.recipe.resolve(plan.recipe.images), options.seed or 0
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed)
    workers = WORKERS if options.workers is None else options.workers
    feed, numbers = backend.feed(recipe, plan.source, plan.codec, Draws(seed), workers), recipe.numbers(0)
    with closing(feed.rounds(0)) as rounds:
        while True:
            start = now()
            step(next(rounds), numbers, 0)
            backend.synchronize()
            yield backend.group.agree(now() - start)  # all processes must play the same number of steps


def choose_threads(plan: Plan, options: Options, backend: Any) -> None:
    """Compute with one thread unless all are clearly faster: threads that wait for each other slow a tiny step.

    ``OMP_NUM_THREADS`` is a user's own choice and is left alone; compiled networks are not compiled twice for this.
    TensorFlow's threads cannot be changed once it computes, and do not slow a tiny step.
    """
    every = backend.environment()["threads"]
    decided = every == 1 or "OMP_NUM_THREADS" in os.environ or backend.threads_are_fixed
    if backend.group.agree(backend.device.type != "cpu" or decided or plan.recipe.compile):
        return
    with_all = images_per_second(plan, options, backend, seconds=0.5, large_step=_LARGE_STEP)
    backend.use_threads(1)
    with_one = images_per_second(plan, options, backend, seconds=0.5, large_step=_LARGE_STEP)
    if with_all > _WORTH * with_one:
        backend.use_threads(every)
    else:
        said = f"{with_one:,.0f} images/s against {with_all:,.0f} with {every}"
        plan.choices.append(f"threads: 1, because the steps are small ({said})")
