"""A recipe played some steps at a time without a run: what is measured of a framework is measured of this."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mulligan import tensorfile
from mulligan.assemble import look
from mulligan.assemble.model import save_model
from mulligan.assemble.plan import WORKERS, Options, Plan, make_plan
from mulligan.assemble.probe import choose_precision
from mulligan.train.draws import Draws
from mulligan.twins import twin


class Played(NamedTuple):
    """What some steps took, with the reading of their batches, and what each of them said, where that was asked for."""

    seconds: float
    cpu_seconds: float  # of this process, on all of its threads
    scalars: list[dict[str, float]]


class Trial:
    """The training of one recipe on one backend, from given weights on."""

    def __init__(self, where: str, options: Options, backend: Any) -> None:
        self.backend, self.images = backend, 0
        self.plan = make_plan(where, options, backend.device.type)
        choose_precision(self.plan, backend)
        self._draws, self._workers = Draws(options.seed or 0), WORKERS if options.workers is None else options.workers
        self._cast: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda batch: batch
        self.expect(self.plan.recipe.images)

    def build(self, *, double: bool = False) -> None:
        """Make the step and its feed, at their beginning; ``double`` is for the rest of the process."""
        if double:
            float64 = twin("mulligan.assemble.double", self.backend.name)
            float64.use_double()
            self._cast = float64.cast
        plan, self.images = self.plan, 0
        self._step = self.backend.step(self._recipe, plan.codec.shape, plan.labels, self._draws.seed)
        feed = self.backend.feed(self._recipe, plan.source, plan.codec, self._draws, self._workers)
        self._rounds = feed.rounds(0)

    def expect(self, images: int) -> None:
        """Make the schedules of the recipe for so many images in all."""
        self._recipe = replace(self.plan.recipe.resolve(images), images=images)

    @property
    def trained(self) -> Plan:
        """The plan with its recipe as it trains."""
        return replace(self.plan, recipe=self._recipe)

    def save_weights(self, path: Path) -> None:
        """Write the weights of all networks."""
        tensorfile.write(path, self.backend.arrays(self._step), {"kind": "weights"})

    def load_weights(self, path: Path) -> None:
        """Begin with the weights that ``save_weights`` wrote, in whichever framework."""
        self.backend.load(self._step, tensorfile.read(path)[0])

    def change_last_bits(self) -> None:
        """Give every weight one of the two numbers next to it: what rounding alone may make of a training."""
        choose, arrays = np.random.default_rng(0), self.backend.arrays(self._step)
        for name, array in arrays.items():
            if np.issubdtype(array.dtype, np.floating):
                arrays[name] = np.nextafter(array, choose.choice([-np.inf, np.inf], array.shape).astype(array.dtype))
        self.backend.load(self._step, arrays)

    def play(self, steps: int, *, listen: bool = False) -> Played:
        """Play so many steps; to ``listen`` to each of them costs time on a graphics card."""
        heard = []
        start, cpu_start = time.perf_counter(), time.process_time()
        for _ in range(steps):
            batches = [self._cast(batch) for batch in next(self._rounds)]
            scalars = self._step(batches, self._recipe.numbers(self.images), self.images)
            self.images += self._recipe.images_per_step
            if listen:
                heard.append({name: float(value) for name, value in scalars.items()})
        self.backend.synchronize()
        return Played(time.perf_counter() - start, time.process_time() - cpu_start, heard)

    def samples(self, count: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Raw samples of the averaged product, and their labels: the same latents in every framework."""
        return look.samples(self.backend, self._product(), self.plan, self._draws, count)

    def save_model(self, path: Path) -> None:
        """Write the model file."""
        arrays = self.backend.product_arrays(self._product())
        save_model(path, plan=self.trained, arrays=arrays, images=self.images, scores=(), framework=self.backend.name)

    def _product(self) -> Any:
        return self.backend.product(self._step, self._recipe, self._draws, self.plan.class_counts)
