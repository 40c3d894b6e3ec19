"""What the watch wants to know of a run at a tick, measured on a handful of samples between two steps."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mulligan.assemble._framework import SAMPLE_BATCH
from mulligan.assemble.judge import spread
from mulligan.assemble.look import labels_in_shares
from mulligan.schedule import Adaptive
from mulligan.train._look import Look
from mulligan.train.watch import Handful, Setting, critic_signals, data_signals, sample_signals

COUNT = 128  # reals, held-out reals and fakes: a few steps' worth of work at each tick


class Vitals:
    """Signals of a step by name; the same reals at every tick, fresh fakes of the network as it trains."""

    def __init__(self, plan: Any, backend: Any, draws: Any, held_out: Callable[[], Any | None]) -> None:
        self._plan, self._backend, self._draws = plan, backend, draws
        self._real = plan.source.read(spread(plan.source, COUNT))
        self._open_held_out: Callable[[], Any | None] | None = held_out
        self._held_out: dict[str, np.ndarray] | None = None
        self._reals = Handful(self._floats(self._real["real"]))

    def __call__(self, step: Any, images: int) -> dict[str, float]:
        """The signals after so many images."""
        found = self._backend.norms(step)
        if not getattr(step.game, "judge", None):  # a user's own game may have nobody who judges
            return found
        recipe, counts = self._plan.recipe, self._plan.class_counts
        latent = self._draws.normal("watch/z", images, COUNT, (recipe.latent_size,))
        label = labels_in_shares(counts, self._draws.uniform("watch/label", images, COUNT)) if counts else None
        seen = self._look(step, latent, label)
        labels = None if label is None else (self._real["label"], label)
        return found | critic_signals(seen, self._reals) | sample_signals(self._reals, Handful(seen.samples), labels)

    def _look(self, step: Any, latent: np.ndarray, label: np.ndarray | None) -> Look:
        """No more rows at once than in a training step, and no fewer: batch norm, say, cannot do with one."""
        codec, recipe, unseen = self._plan.codec, self._plan.recipe, self._unseen()
        rows = _whole_part(recipe.batch_size // recipe.accumulate)
        real, held_out = _filled(self._real, rows), _filled(unseen, rows) if unseen else None
        fake = _filled({"z": latent} | ({} if label is None else {"label": label}), rows)
        seen: Look = self._backend.look(step, codec, fake["z"], real, held_out, fake.get("label"), rows)
        return seen.first(len(self._real["real"]), len(latent), len(unseen["real"]) if unseen else 0)

    def setting(self, step: Any, *, fresh: bool) -> Setting:
        """What the watch knows before the first tick; of a run that began without it, nothing of its first weights."""
        plan, recipe = self._plan, self._plan.recipe
        penalties = getattr(recipe.game, "penalties", ())
        steepness = ((f"game.penalties.{penalty.name}.weight", penalty.steepness()) for penalty in penalties)
        slopes = {weight: slope for weight, slope in steepness if slope is not None}
        counts = np.asarray(plan.source.class_counts or (), np.float64)
        return Setting(
            budget_images=recipe.images,
            images_per_step=recipe.images_per_step,
            samples=len(plan.source),
            penalties=tuple(slopes),
            slopes=tuple(slopes.values()),
            class_shares=tuple((counts / counts.sum()).tolist()) if counts.sum() else (),
            augments=recipe.augment is not None and not isinstance(recipe.augment_probability, Adaptive),
            has_labels=recipe.labels,
            typical_weights=self._backend.typical_weights(step) if fresh else {},
            data=data_signals(self._reals.samples),
            first=self(step, 0) if fresh else {},
            rising=_rising(recipe),
            lacks_penalty=not penalties and getattr(getattr(recipe.game, "objective", None), "needs_penalty", False),
        )

    def _unseen(self) -> dict[str, np.ndarray] | None:
        """As many reals of the test split, where the data has one."""
        if self._open_held_out is not None:
            test, self._open_held_out = self._open_held_out(), None
            unlike = self._plan.labels and (test is None or test.class_names != self._plan.source.class_names)
            self._held_out = None if test is None or unlike else test.read(spread(test, COUNT))
        return self._held_out

    def _floats(self, raw: np.ndarray) -> np.ndarray:
        codec = self._plan.codec
        return raw.astype(np.float32) * codec.scale + codec.offset


def _filled(batch: Mapping[str, np.ndarray], rows: int) -> dict[str, np.ndarray]:
    """The samples and then some of them again, as many as make whole parts of so many rows."""
    filled = {}
    for name, values in batch.items():
        whole = -(-len(values) // rows) * rows
        filled[name] = values[np.arange(whole) % len(values)]
    return filled


def _whole_part(batch: int) -> int:
    """A batch, or of a large one the largest part that divides it: critics that judge samples in groups want that."""
    return next(
        batch // parts for parts in range(1, batch + 1) if batch % parts == 0 and batch // parts <= SAMPLE_BATCH
    )


def _rising(recipe: Any) -> dict[str, tuple[float, ...]]:
    """The learning rates that are higher later on than at first, at each percent of the budget."""
    numbers = [recipe.numbers(recipe.images * percent // 100) for percent in range(101)]
    rates = {name: tuple(at[name] for at in numbers) for name in ("learning_rate", "critic_learning_rate")}
    return {name: rate for name, rate in rates.items() if max(rate) > rate[0]}
