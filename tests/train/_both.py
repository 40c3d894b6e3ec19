"""The same step in both frameworks: equal weights, data and draws."""

from dataclasses import fields, replace

import numpy as np
import torch
from _tensorflow import floats, tf

from mulligan import data, recipes
from mulligan.assemble._backend import open_backend
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.recipes import auto
from mulligan.train import state_torch, step_state_keras
from mulligan.train.draws import Draws

BATCH = 4
PICTURES, POINTS = ImageCodec((8, 8), 1), PointsCodec(dimensions=2)
SMALL = {
    "latent": 5,
    "width": 8,
    "hidden": (12, 8),
    "widths": (6, 8),
    "dropout": 0.0,
    "blocks": 1,
    "waves": 4,
    "signs": 2,
}
AUTO = {
    "auto for points": auto.choose(1000, (2,), 0, "cpu")[0],
    "auto for digits": auto.choose(1000, (8, 8), 0, "cpu")[0],
    "auto for few": auto.choose(1000, (28, 28), 0, "cpu")[0],
}
RECIPES = {name: recipes.get(name) for name in recipes.names() if name != recipes.AUTO} | AUTO


def small(recipe, **changes):
    """The recipe with thin networks for the digits or points, and numbers that move quickly."""
    networks = {role: replace(net, **_thin(net)) for role, net in recipe.networks.items()}
    game = replace(recipe.game, critic_turns=min(recipe.game.critic_turns, 2))
    augmented = {"augment_probability": 0.5} if recipe.augment else {}
    recipe = replace(recipe, networks=networks, game=game, batch_size=BATCH, images=40 * BATCH, **augmented, **changes)
    return recipe.fit(codec_of(recipe).shape, 10 if recipe.labels else 0).resolve(recipe.images)


def codec_of(recipe):
    """Points where the recipe is for them."""
    return POINTS if recipe is AUTO["auto for points"] or len(recipe.networks["critic"].size) == 1 else PICTURES


def _thin(net):
    return {field.name: SMALL[field.name] for field in fields(net) if field.name in SMALL and getattr(net, field.name)}


class Both:
    """Steps of a recipe in torch and in TensorFlow, with torch's weights."""

    def __init__(self, recipe, dtype="float64"):
        self.recipe, self.dtype, self.codec = recipe, dtype, codec_of(recipe)
        where = "toy:ring" if self.codec is POINTS else "digits"
        self.source = data.open_source(where, self.codec, cache=False)
        labels = 10 if recipe.labels else 0
        self.backends = {name: open_backend(name, "cpu") for name in ("torch", "tensorflow")}
        with floats(dtype):
            steps = {name: each.step(recipe, self.codec.shape, labels, seed=0) for name, each in self.backends.items()}
        self.torch, self.keras = steps["torch"], steps["tensorflow"]
        for network in (*self.torch.networks.values(), self.torch.ema.network):
            network.to(getattr(torch, dtype))
        step_state_keras.load_step(self.keras, state_torch.step_arrays(self.torch))

    def play(self, steps, images=0):
        """Play so many steps in both; yields the scalars of each."""
        rounds = [
            backend.feed(self.recipe, self.source, self.codec, Draws(0), 0).rounds(images)
            for backend in self.backends.values()
        ]
        for _ in range(steps):
            numbers = self.recipe.numbers(images)
            batches, others = ([self._cast(batch) for batch in next(each)] for each in rounds)
            told = self.torch(batches, numbers, images), self.keras(others, numbers, images)
            yield tuple({name: float(value) for name, value in scalars.items()} for scalars in told)
            images += self.recipe.images_per_step

    def states(self):
        """All tensors of both."""
        return state_torch.step_arrays(self.torch), step_state_keras.step_arrays(self.keras)

    def _cast(self, batch):
        """Float32 becomes what is computed with; numbers of augmentation are held against thresholds as they are."""
        found = {}
        for name, x in batch.items():
            floating = x.is_floating_point() if isinstance(x, torch.Tensor) else x.dtype.is_floating
            kept = not floating or name.startswith("augment/")
            if isinstance(x, torch.Tensor):
                found[name] = x if kept else x.to(getattr(torch, self.dtype))
            else:
                found[name] = x if kept else tf.cast(x, self.dtype)
        return found


def farthest(one, two):
    """The largest difference between two dicts of numbers or arrays with the same names."""
    assert one.keys() == two.keys()
    return max(
        float(np.abs(np.asarray(one[name], np.float64) - np.asarray(two[name], np.float64)).max()) for name in one
    )
