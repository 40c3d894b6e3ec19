"""The outer loop of every run: batches, ticks, checkpoints and time; it knows no method and no tensor library."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from mulligan.durations import clock
from mulligan.errors import DataError, DivergedError

CHECKPOINT_SECONDS = 300.0


@dataclass
class Progress:
    """What the loop counts: with the step's tensors, all that a resumed run needs."""

    images: int = 0
    steps: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)  # of the scalars since the last tick
    summed: int = 0
    ticking: bool = False  # the tick after these images has begun, and is made anew where it was broken off

    def made(self, images: int) -> None:
        """Count one more step, of so many images."""
        self.steps += 1
        self.summed += 1
        self.images += images


@dataclass(frozen=True)
class Limits:
    """Where a run ends, whichever comes first; ``clock`` says whose seconds count."""

    images: int | None = None
    seconds: float | None = None
    clock: str = "wall"

    @property
    def are_none(self) -> bool:
        """Whether a run would never end."""
        return self.images is None and self.seconds is None

    def now(self) -> float:
        """The clock's reading."""
        return clock(self.clock)()

    def share(self, progress: Progress) -> float:
        """How much of the run is done, from 0 to 1."""
        done = ((progress.images, self.images), (progress.seconds, self.seconds))
        return min(1.0, max(so_far / limit if limit else 0.0 for so_far, limit in done))

    def reached(self, progress: Progress) -> str | None:
        """Why the run ends here, if it does."""
        if self.images is not None and progress.images >= self.images:
            return "budget"
        if self.seconds is not None and progress.seconds >= self.seconds:
            return "time"
        return None


def loop(
    *,
    step: Callable[[Any, Mapping[str, float], int], Mapping[str, Any]],
    rounds: Iterator[Any],
    numbers: Callable[[int], Mapping[str, float]],
    progress: Progress,
    limits: Limits,
    images_per_step: int,
    tick_images: int,
    on_tick: Callable[[dict[str, float]], str | None],
    checkpoint: Callable[[], None],
    interrupted: Callable[[], str | None],
    agreed: Callable[[str | None], str | None] = lambda reason: reason,
) -> str:
    """Train until a limit, a tick callback or an interruption says why to stop, and return that reason.

    ``on_tick`` gets the means of the scalars since the last tick. The state is saved at ticks, at the end, and every
    five minutes, which changes nothing of what is computed. A scalar that is not finite raises DivergedError before
    that. ``agreed`` gives processes that train together one reason to stop.
    """

    def save(sums: Mapping[str, Any]) -> None:
        progress.sums = _floats(sums, progress)
        checkpoint()

    def tick(sums: Mapping[str, Any]) -> str | None:
        progress.sums, progress.ticking = _floats(sums, progress), True  # it may save the state before it takes a score
        wish = on_tick({name: value / progress.summed for name, value in progress.sums.items()})
        progress.sums, progress.summed, progress.ticking = {}, 0, False
        return wish

    start, saved, before = limits.now(), time.monotonic(), progress.seconds
    sums: dict[str, Any] = dict(progress.sums)  # scalars stay on the device until the tick
    reason = limits.reached(progress)
    if progress.ticking:
        reason, sums = tick(sums) or reason, {}
        save(sums)
    reason = agreed(reason or interrupted())
    while reason is None:
        try:
            batches = next(rounds)
        except DataError:  # which is no fault of what was trained so far
            save(sums)
            raise
        scalars = step(batches, numbers(progress.images), progress.images)
        sums = {name: sums.get(name, 0.0) + value for name, value in scalars.items()}
        progress.made(images_per_step)
        progress.seconds = before + limits.now() - start
        reason = limits.reached(progress)
        ticked = reason is not None or passes(tick_images, progress.images, images_per_step)
        if ticked:
            reason, sums, saved = tick(sums) or reason, {}, time.monotonic()
            save(sums)  # before the others go on: what is not finite is found where they wait
        reason = agreed(reason or interrupted())
        if not ticked and (reason or time.monotonic() - saved > CHECKPOINT_SECONDS):
            # What is not finite between ticks is left to the next one, which all processes reach together.
            with nullcontext() if reason else suppress(DivergedError):
                save(sums)
            saved = time.monotonic()
    return reason


def passes(every: int, images: int, last: int) -> bool:
    """Whether a multiple of ``every`` lies in the last so many images."""
    return images // every > (images - last) // every


def _floats(scalars: Mapping[str, Any], progress: Progress) -> dict[str, float]:
    found = {name: float(value) for name, value in scalars.items()}
    for name, value in found.items():
        if not math.isfinite(value):
            raise diverged(f"the term {name} is {value}", progress.images)
    return found


def diverged(found: str, images: int) -> DivergedError:
    """The error for a run whose numbers left what a computer can hold."""
    sentence = (
        f"{found} after {images:,} images; the last checkpoint is kept: "
        "lower the learning rate, for instance --set learning_rate=1e-4, and start anew, or go on with --watch act"
    )
    return DivergedError(sentence, found)
