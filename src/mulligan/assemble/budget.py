"""How long a run is: from steps, epochs, images or time to images, once."""

from dataclasses import replace
from typing import Any

from mulligan.assemble.plan import Options, Plan, is_auto
from mulligan.assemble.probe import images_per_second
from mulligan.errors import RecipeError
from mulligan.recipe import Recipe
from mulligan.train.loop import Limits, Progress
from mulligan.train.progress import duration

TICKS, _FEWEST_TICKS = 50, 10
SHORTEST_TICK = 5.0  # seconds, where a budget in time is so short: what a tick itself takes is 0.2 on two cores
# Steps of a time budget below which more and smaller ones may learn more: a minute of MNIST on two cores, 700 steps of
# 64 pictures or 1,100 of 32, ended at Frechet distances of 9.9 to 10.8 and of 9.2 to 9.9 (three seeds each). Where half
# a batch takes nearly as long as a whole one, it is not worth its pictures.
_FEW_STEPS, _LEAST_LEFT = 1_000, 0.65
_PROBE_SECONDS = 3.0
_TRAINING_SHARE = 0.9  # the rest of a time budget goes to samples, scores and checkpoints


def resolve(plan: Plan, options: Options, backend: Any) -> tuple[Limits, Recipe]:
    """The limits of a new run, and its recipe with every schedule and tick in images."""
    limits = _asked(len(plan.source), plan.recipe.images_per_step, options)
    if limits.are_none:
        limits = replace(limits, images=plan.recipe.images)
    horizon = limits.images
    if limits.seconds is not None:
        possible = _possible(plan, options, backend, limits.seconds)
        are_few = horizon is None and possible < _FEW_STEPS * plan.recipe.images_per_step
        if are_few and _may_halve_the_batch(plan, options, backend):
            half = replace(plan, recipe=replace(plan.recipe, batch_size=plan.recipe.batch_size // 2))
            with_half = _possible(half, options, backend, limits.seconds)
            if with_half > _LEAST_LEFT * possible:
                plan.recipe, possible = half.recipe, with_half
                plan.choices.append(f"batch: {plan.recipe.batch_size}, as the time is for few steps")
        horizon = min(possible, horizon or possible)
        plan.choices.append(f"budget: {duration(limits.seconds)} is about {horizon:,} images on this machine")
    assert horizon is not None, "one of the limits is always there"
    step = plan.recipe.images_per_step
    horizon = max(step, -(-horizon // step) * step)
    tick = plan.recipe.tick_images or max(1, round(horizon / _ticks(limits.seconds) / step)) * step
    return limits, replace(plan.recipe.resolve(horizon), images=horizon, tick_images=tick)


def _possible(plan: Plan, options: Options, backend: Any, seconds: float) -> int:
    """The images that training will see in a time."""
    return round(images_per_second(plan, options, backend, _PROBE_SECONDS) * seconds * _TRAINING_SHARE)


def _may_halve_the_batch(plan: Plan, options: Options, backend: Any) -> bool:
    """Whether it was chosen for the user, and trying and sharing another one is easy."""
    recipe, is_said = plan.recipe, options.batch is not None or any(w.startswith("batch_size") for w in options.set)
    is_even = recipe.batch_size % (2 * backend.group.size) == 0 and len(plan.source) >= recipe.batch_size
    return is_auto(options) and not is_said and is_even and recipe.accumulate == 1 and not recipe.compile


def _ticks(seconds: float | None) -> int:
    return TICKS if seconds is None else min(TICKS, max(_FEWEST_TICKS, round(seconds / SHORTEST_TICK)))


def of_resumed(before: Limits, recipe: Recipe, asked: Recipe, count: int, options: Options) -> Limits:
    """The limits of a resumed run: what is asked for now, else what was asked for then."""
    limits = _asked(count, recipe.images_per_step, options)
    if options.clock not in (None, before.clock):
        raise RecipeError(f"the run's clock is {before.clock} and stays so; leave --clock {options.clock} out")
    if limits.are_none and asked.images != recipe.images:
        limits = Limits(images=asked.images)
    return before if limits.are_none else replace(limits, clock=before.clock)


def spent(limits: Limits, progress: Progress) -> list[str]:
    """A notice where a run that is to go on has had its budget; in one whose time is up nothing would happen."""
    if limits.reached(progress) is None:
        return []
    larger = f"--images {2 * progress.images}"
    if limits.seconds is not None:
        larger = f"--time {duration(2 * max(limits.seconds, progress.seconds, 1.0))}"
    return [f"the run has had its budget, {described(limits)} all sittings together; to go on, type say {larger}"]


def described(limits: Limits) -> str:
    """A budget in words."""
    words = [f"{limits.images:,} images"] if limits.images is not None else []
    cpu = " of CPU time" if limits.clock == "cpu" else ""
    words += [duration(limits.seconds) + cpu] if limits.seconds is not None else []
    return " or ".join(words)


def _asked(count: int, images_per_step: int, options: Options) -> Limits:
    """What was asked for, whichever comes first; no limits where nothing was."""
    wishes = (
        options.images,
        options.steps * images_per_step if options.steps is not None else None,
        round(options.epochs * count) if options.epochs is not None else None,
    )
    images = min((wish for wish in wishes if wish is not None), default=None)
    for value in (images, options.seconds):
        if value is not None and value <= 0:
            example = "for instance --steps 1000 or --time 10m"
            raise RecipeError(f"the budget is {value}; expected more than 0, {example}")
    return Limits(images, options.seconds, options.clock or "wall")
