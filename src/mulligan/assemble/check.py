"""Checks that any recipe must pass, Mulligan's own and a stranger's: what ``mulligan check my_gan.py`` runs."""

import json
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mulligan import data, recipes, tensorfile
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import load_recipe, nearest_size
from mulligan.codecs.image import ImageCodec
from mulligan.errors import RecipeError, RunError
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws

_BATCH, _ROUNDS = 8, 2
_LARGEST = (32, 32)


class Trial:
    """A recipe fitted to the digits, with a small batch, and a step of it."""

    def __init__(self, recipe: Recipe, backend: str | None) -> None:
        self.codec = ImageCodec(size=nearest_size(recipe, _LARGEST), channels=1)
        self.source = data.open_source("digits", self.codec, cache=False)
        self.labels = len(self.source.class_names) if recipe.labels else 0
        self.class_counts = tuple(self.source.class_counts) if recipe.labels else ()
        recipe = replace(recipe, batch_size=_BATCH, accumulate=1, compile=False)
        self.recipe = recipe.fit(self.codec.shape, self.labels).resolve(1000)
        self.backend, self.draws = open_backend(backend, "cpu"), Draws(0)
        self.step = self.fresh()

    def fresh(self) -> Any:
        """A step at its beginning; the same one each time."""
        return self.backend.step(self.recipe, self.codec.shape, self.labels, seed=0)

    def play(self, step: Any, rounds: int, images: int = 0) -> dict[str, float]:
        """Play some rounds from ``images`` on and return the last one's scalars."""
        feed = self.backend.feed(self.recipe, self.source, self.codec, self.draws, 0).rounds(images)
        scalars: dict[str, Any] = {}
        for _ in range(rounds):
            scalars = step(next(feed), self.recipe.numbers(images), images)
            images += self.recipe.images_per_step
        return {name: float(value) for name, value in scalars.items()}

    def samples(self, step: Any) -> np.ndarray:
        """A few samples as floats."""
        network = self.backend.product(step, self.recipe, self.draws, self.class_counts)
        return self.backend.sample(network, *self.inputs())

    def inputs(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Latents of a few samples, and their labels where there are any."""
        label = np.arange(_BATCH) % self.labels if self.labels else None
        return self.draws.normal("check", 0, _BATCH, (self.recipe.latent_size,)), label


def check(name: str | Recipe, backend: str | None = None) -> dict[str, str]:
    """Run every check and return what each one found; RecipeError with one sentence at the first that fails."""
    own = name if isinstance(name, str) and recipes.is_file(name) else None
    with recipes.blame(own):
        recipe, module = recipes.load_file(own) if own else (load_recipe(name)[0], None)
        found = {"json": _same_through_json(recipe, module)}
        trial = Trial(recipe, backend)
        return found | {title: run(trial) for title, run in CHECKS.items()}


def _same_through_json(recipe: Recipe, module: Any) -> str:
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())), module)
    same = again.to_json() == recipe.to_json()
    _need(same, "does not come back the same from JSON; expected fields of plain numbers, texts and parts")
    return f"{len(json.dumps(recipe.to_json()))} characters"


def _sample_shape(trial: Trial) -> str:
    samples, wanted = trial.samples(trial.step), (_BATCH, *trial.codec.shape)
    _need(samples.shape == wanted, f"makes samples of shape {samples.shape}; expected {wanted}")
    _need(bool(np.isfinite(samples).all()), "makes samples that are not finite")
    return " x ".join(map(str, samples.shape[1:]))


def _terms_are_finite(trial: Trial) -> str:
    terms = trial.play(trial.step, _ROUNDS)
    for term, value in terms.items():
        _need(math.isfinite(value), f"has a term {term} of {value} after {_ROUNDS} rounds")
    return ", ".join(f"{term} {value:.3g}" for term, value in terms.items())


def _samples_change(trial: Trial) -> str:
    moved = float(np.abs(trial.samples(trial.step) - trial.samples(trial.fresh())).max())
    _need(moved > 0, "makes the same samples after training as before; expected the generator to learn")
    return f"by up to {moved:.3g}"


def _resumes_exactly(trial: Trial) -> str:
    images = _ROUNDS * trial.recipe.images_per_step
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.safetensors"
        tensorfile.write(path, trial.backend.arrays(trial.step), {"kind": "checkpoint"})
        other = trial.fresh()
        with _made_again():
            trial.backend.load(other, tensorfile.read(path)[0])
    trial.play(trial.step, 1, images)
    trial.play(other, 1, images)
    mine, theirs = trial.backend.arrays(trial.step), trial.backend.arrays(other)
    same = tensorfile.checksum(mine) == tensorfile.checksum(theirs)
    _need(same, "goes on differently after save and load; is all its state in weights and buffers?")
    return f"{len(mine)} tensors bit for bit"


def _independent_of_the_batch(trial: Trial) -> str:
    network = trial.backend.product(trial.step, trial.recipe, trial.draws, trial.class_counts)
    latent, label = trial.inputs()
    alone = trial.backend.sample(network, latent[:1], None if label is None else label[:1])
    gap = float(np.abs(alone - trial.backend.sample(network, latent, label)[:1]).max())
    _need(
        gap <= 1e-5, f"makes another sample alone than in a batch (by {gap:.2g}); expected no mixing of samples in use"
    )
    return f"to {gap:.1g}"


def _opens_alone(trial: Trial) -> str:
    """As who has nothing but the model file opens it: networks that are made anew, later in the same program."""
    network = trial.backend.product(trial.step, trial.recipe, trial.draws, trial.class_counts)
    arrays = trial.backend.product_arrays(network)
    latent, label = trial.inputs()
    with _made_again():
        opened = trial.backend.load_product(trial.recipe, trial.codec.shape, trial.labels, arrays)
    gap = float(
        np.abs(trial.backend.sample(opened, latent, label) - trial.backend.sample(network, latent, label)).max()
    )
    _need(gap <= 1e-5, f"makes other samples from its saved weights (by {gap:.2g}); is all its state in them?")
    return f"{len(arrays)} tensors"


@contextmanager
def _made_again() -> Iterator[None]:
    """What did not fit the same networks made anew is no fault of a file."""
    try:
        yield
    except RunError as error:
        advice = "give their layers and weights names of their own, the same each time"
        raise RecipeError(f"the recipe's networks, made a second time, have other weights; {advice}") from error


def _need(holds: bool, complaint: str) -> None:
    if not holds:
        raise RecipeError(f"the recipe {complaint}")


# Each plays on with the state that the one before it left.
CHECKS: dict[str, Callable[[Trial], str]] = {
    "sample shape": _sample_shape,
    "terms are finite": _terms_are_finite,
    "samples change": _samples_change,
    "save, load, go on": _resumes_exactly,
    "same alone or in a batch": _independent_of_the_batch,
    "opened from its file": _opens_alone,
}
