"""Rounds of turns as a ``tf.data.Dataset``: what `fit` hands to a step.

All that a round needs rides in its rows, so that ``tf.distribute`` may cut them as it likes: the samples, what is drawn
for each turn, and the numbers, the seed and the images of the moment, the same ones in each row.
"""

import itertools
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from mulligan.errors import DataError
from mulligan.train import feed
from mulligan.train.draws import Draws, seed_of
from mulligan.train.feed import Batch
from mulligan.train.feed_keras import decoded
from mulligan.train.samples_keras import Samples, ending

Tensor = Any
Element = tuple[tuple[Batch, ...], Any, Any]  # a batch per turn; numbers [n, k]; seed and images after it [n, 2]


class Round(NamedTuple):
    """What a step takes, and the images shown to the critic after it."""

    batches: list[Batch]
    numbers: dict[str, Tensor]
    seed: Tensor
    images: Tensor


@dataclass(frozen=True)
class Rounds:
    """From samples to rounds of a recipe's game; ``images`` says how many were seen, from where each epoch goes on."""

    samples: Samples
    recipe: Any
    seed: int
    images: Callable[[], int]

    @property
    def steps(self) -> int | None:
        """Rounds in an epoch, where that is known: at least one of arrays; DataError for a data set with none."""
        if (batches := self.samples.batches) is None:
            return None
        if batches < self._batches_of_one and not self.samples.endless:
            raise self.too_few(f"{batches}")
        return max(1, batches // self._batches_of_one)

    def too_few(self, batches: str) -> DataError:
        """The sentence for a data set of so many batches that it has none of them for a round."""
        takes = f"one round takes {self._batches_of_one} of {self.samples.batch_size} samples"
        return DataError(f"the dataset has {batches} batches, and {takes}; type dataset.repeat()")

    @property
    def _batches_of_one(self) -> int:
        return sum(turn.fresh_batch for turn in self.recipe.game.turns)

    def dataset(self, steps: int | None = None) -> tf.data.Dataset:
        """One epoch, drawn anew each time that it is gone through; with ``steps`` as much as there is."""
        blank = next(self._elements(self._blanks, 0))
        spec = tf.nest.map_structure(lambda array: tf.TensorSpec(array.shape, array.dtype), blank)
        length = None if steps and self.samples.endless else self.steps
        dataset = tf.data.Dataset.from_generator(partial(self._epoch, length), output_signature=spec)
        if length is not None:
            dataset = dataset.apply(tf.data.experimental.assert_cardinality(length))
        return dataset.prefetch(2)

    def unpacked(self, element: Element, scale: float, offset: float) -> Round:
        """What a step takes, of tensors; raw pictures become what networks see."""
        turns, numbers, place = element
        batches: list[Batch] = []
        for turn, batch in zip(self.recipe.game.turns, turns, strict=True):
            if not turn.fresh_batch:
                batch = {name: batches[-1][name] for name in self._data} | batch
            elif batch["real"].dtype == tf.uint8:
                batch = batch | {"real": decoded(batch["real"], scale, offset)}
            batches.append(batch)
        named = dict(zip(sorted(self.recipe.numbers(0)), tf.unstack(numbers[0]), strict=True))
        return Round(batches, named, place[0, 0], place[0, 1])

    @property
    def _data(self) -> tuple[str, ...]:
        return ("real", "label") if self.recipe.labels else ("real",)

    def _blanks(self, images: int) -> Generator[Batch]:
        count, shape = self.samples.batch_size, self.samples.shape
        while True:
            yield {"real": np.zeros((count, *shape), self.samples.dtype), "label": np.zeros(count, np.int64)}

    def _epoch(self, length: int | None) -> Iterator[Element]:
        rounds = self._elements(self.samples.pictures(Draws(self.seed)), self.images())
        return itertools.islice(ending(rounds), length)

    def _elements(self, pictures: Any, images: int) -> Iterator[Element]:
        recipe, count = self.recipe, self.samples.batch_size
        drawing = _Drawing(
            game=recipe.game,
            draws=Draws(self.seed),
            pictures=pictures,
            batch_size=count,
            latent=recipe.latent_size,
            device="CPU:0",
            augment_uniforms=recipe.augment.uniforms if recipe.augment else 0,
            mirror=recipe.mirror,
        )
        for batches in drawing.rounds(images):
            numbers = np.array([number for _, number in sorted(recipe.numbers(images).items())])
            seed = seed_of(self.seed, images, 0)
            images += recipe.images_per_step
            place = np.array([seed, images], np.int64)
            yield self._without_repeats(batches), np.tile(numbers, (count, 1)), np.tile(place, (count, 1))

    def _without_repeats(self, batches: list[Batch]) -> tuple[Batch, ...]:
        """What a turn has from the one before it need not travel twice, nor labels that nobody asks for."""
        kept = []
        for turn, batch in zip(self.recipe.game.turns, batches, strict=True):
            data = self._data if turn.fresh_batch else ()
            kept.append({name: x for name, x in batch.items() if name in data or name not in ("real", "label")})
        return tuple(kept)


class _Drawing(feed.Feed):
    """Rounds as arrays."""

    def to_device(self, array: np.ndarray) -> np.ndarray:
        """The array itself."""
        return array

    def flipped(self, real: np.ndarray, flip: np.ndarray) -> np.ndarray:
        """The pictures [n, h, w, c] for which ``flip`` [n] holds, left to right; the others as they are."""
        return np.where(flip[:, None, None, None], real[:, :, ::-1], real)
