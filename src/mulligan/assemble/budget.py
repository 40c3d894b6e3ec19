"""How long a run is: from steps, epochs, images or time to images, once."""

import time
from dataclasses import replace
from typing import Any

from mulligan.assemble.plan import Options, Plan
from mulligan.errors import RecipeError
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws
from mulligan.train.loop import Limits
from mulligan.train.progress import duration

TICKS = 50
_WARM_STEPS, _PROBE_SECONDS = 2, 3.0
_TRAINING_SHARE = 0.9  # the rest of a time budget goes to samples, scores and checkpoints


def resolve(plan: Plan, options: Options, backend: Any) -> tuple[Limits, Recipe]:
    """The limits of a new run, and its recipe with every schedule and tick in images."""
    limits = _limits(plan.recipe, len(plan.source), options)
    horizon = limits.images
    if limits.seconds is not None:
        possible = round(_probe(plan, options, backend) * limits.seconds * _TRAINING_SHARE)
        horizon = min(possible, horizon or possible)
        plan.choices.append(f"budget: {duration(limits.seconds)} is about {horizon:,} images on this machine")
    assert horizon is not None, "one of the limits is always there"
    step = plan.recipe.images_per_step
    horizon = max(step, -(-horizon // step) * step)
    tick = plan.recipe.tick_images or max(1, round(horizon / TICKS / step)) * step
    return limits, replace(plan.recipe.resolve(horizon), images=horizon, tick_images=tick)


def larger(before: Limits, recipe: Recipe, count: int, options: Options) -> Limits:
    """The limits of a resumed run: what is asked for now, or what was asked for then."""
    if all(asked is None for asked in (options.steps, options.images, options.epochs, options.seconds)):
        return before
    return _limits(recipe, count, options)


def described(limits: Limits) -> str:
    """A budget in words."""
    words = [f"{limits.images:,} images"] if limits.images is not None else []
    words += [duration(limits.seconds)] if limits.seconds is not None else []
    return " or ".join(words)


def _limits(recipe: Recipe, count: int, options: Options) -> Limits:
    step = recipe.images_per_step
    asked = [
        options.images,
        options.steps * step if options.steps is not None else None,
        round(options.epochs * count) if options.epochs is not None else None,
    ]
    images = min((each for each in asked if each is not None), default=None)
    for value in (images, options.seconds):
        if value is not None and value <= 0:
            raise RecipeError(f"the budget is {value}; expected more than 0, for instance --steps 1000 or --time 10m")
    if images is None and options.seconds is None:
        images = recipe.images
    return Limits(images, options.seconds)


def _probe(plan: Plan, options: Options, backend: Any) -> float:
    """Images per second of a few steps, on networks that are thrown away."""
    step = backend.step(plan.recipe, plan.codec.shape, plan.labels, options.seed or 0)
    rounds = backend.feed(plan.recipe, plan.source, plan.codec, Draws(options.seed or 0), options.workers).rounds(0)
    numbers = plan.recipe.resolve(plan.recipe.images).numbers(0)
    for _ in range(_WARM_STEPS):
        step(next(rounds), numbers, 0)
    backend.synchronize()
    start, steps = time.monotonic(), 0
    while steps < 1 or time.monotonic() - start < _PROBE_SECONDS:
        step(next(rounds), numbers, 0)
        backend.synchronize()
        steps += 1
    return steps * plan.recipe.images_per_step / (time.monotonic() - start)
