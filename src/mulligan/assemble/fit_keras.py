"""What a user of Keras says in the words of Keras, as recipe, codec and plan."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.errors import DataError, DivergedError, RecipeError
from mulligan.networks._given_keras import Given
from mulligan.recipe import Recipe
from mulligan.train.samples_keras import Samples

_RATE_CALLBACKS = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
_LOSSES = ("loss", "loss_weights", "metrics", "weighted_metrics")
_ADAM = ("learning_rate", "beta_1", "beta_2", "epsilon")


@dataclass(frozen=True)
class FitPlan:
    """What a model file tells of its making; of the data only how many samples there were."""

    recipe: Recipe
    unresolved: Recipe
    codec: Any
    count: int | None
    user_file: Path | None

    def about_data(self) -> dict[str, Any]:
        """What is known of data that came as arrays or as a data set."""
        return {"where": "what fit was called with", "fingerprint": None, "count": self.count, "licence": None}


def with_own_networks(recipe: Recipe, own: Mapping[str, Any]) -> Recipe:
    """The recipe with a user's models, or functions that make them, in the places of its networks."""
    if not own:
        return recipe
    networks = {role: _entry(role, network) for role, network in own.items()}
    inputs = getattr(own.get(recipe.game.product), "inputs", None)  # of a model that knows them
    latent = inputs[0].shape[-1] if inputs else recipe.latent_size
    return replace(recipe, networks=dict(recipe.networks) | networks, latent=latent)


def _entry(role: str, network: Any) -> Callable:
    if isinstance(network, keras.Model):
        return Given(role, network)
    if not callable(network):
        raise RecipeError(f"the {role} is {network!r}; expected a keras.Model, or a function f(facts) that returns one")
    return network


def class_names(classes: int | Sequence[str] | None) -> tuple[str, ...]:
    """The names of the classes; those of a bare number are its digits."""
    if isinstance(classes, int):
        return tuple(map(str, range(classes)))
    return tuple(classes or ())


def codec_of(shape: Sequence[int], names: tuple[str, ...], counts: tuple[int, ...] = ()) -> Any:
    """How samples of this shape become tensors; RecipeError for a shape that no samples have."""
    if len(shape) == 3:
        height, width, channels = shape
        return ImageCodec(size=(height, width), channels=channels, class_names=names, class_counts=counts)
    if len(shape) == 1:
        return PointsCodec(dimensions=shape[0])
    raise RecipeError(f"the shape is {tuple(shape)}; expected (height, width, channels), or (d,) for points")


def numbers_of(optimizer: Any) -> dict[str, Any]:
    """What an optimizer of Keras, or its name, means to a recipe; RecipeError for what has no place there."""
    if optimizer is None or isinstance(optimizer, str):
        return {} if optimizer is None else {"optimizer": optimizer.lower()}
    if type(optimizer) is not keras.optimizers.Adam:
        kind = type(optimizer).__name__
        raise RecipeError(f"the optimizer is {kind}; expected 'adam', 'rmsprop', or keras.optimizers.Adam(...)")
    config = optimizer.get_config()
    if isinstance(config["learning_rate"], dict):
        advice = "let the recipe change it: gan.compile(learning_rate=mulligan.Cosine(2e-4, 5e-5, share=1.0))"
        raise RecipeError(f"Adam has a schedule of Keras as its learning rate; expected a number, or {advice}")
    plain = keras.optimizers.Adam(**{name: config[name] for name in _ADAM}).get_config()
    if extra := [name for name in config if config[name] != plain[name] and name != "name"]:
        raise RecipeError(f"Adam has {extra[0]}={config[extra[0]]!r}, which a recipe has not; leave it out")
    rate = {"learning_rate": config["learning_rate"], "critic_learning_rate": None}
    betas = {"beta1": config["beta_1"], "beta2": config["beta_2"]}
    return {"optimizer": "adam"} | rate | betas | {"epsilon": config["epsilon"], "critic_epsilon": None}


def refuse_losses(words: Mapping[str, Any]) -> None:
    """RecipeError for what ``compile`` of other models takes, and a recipe has in its objective."""
    if found := [word for word in _LOSSES if word in words]:
        raise RecipeError(
            f"compile got {found[0]}=, and a GAN's objective is the recipe's; leave {found[0]} out, or change the "
            'objective: gan.compile(**{"game.objective": "hinge"})'
        )


def refuse_callbacks(callbacks: Sequence[Any]) -> None:
    """RecipeError for those that would set a rate which follows from the recipe."""
    if wrong := [callback for callback in callbacks if isinstance(callback, _RATE_CALLBACKS)]:
        raise RecipeError(
            f"{type(wrong[0]).__name__} has no hold on a GAN; let the recipe change the rate: "
            "gan.compile(learning_rate=mulligan.Cosine(2e-4, 5e-5, share=1.0))"
        )


def refuse_unlabelled(samples: Samples, recipe: Recipe, names: tuple[str, ...]) -> None:
    """DataError or RecipeError where a recipe with labels has none, or too few names for them."""
    if not recipe.labels:
        return
    if samples.largest_label is None:
        raise DataError(f"the recipe {recipe.name} trains with labels; expected pairs (pictures, labels), or fit(x, y)")
    if not names:
        raise RecipeError("how many labels there are is not known of a dataset; say it: GAN(..., classes=10)")
    if samples.largest_label >= len(names):
        raise DataError(f"there is a label {samples.largest_label}; expected 0 to {len(names) - 1}, or other classes=")


def refuse_unfit(samples: Samples, recipe: Recipe, shape: Sequence[int], replicas: int) -> None:
    """DataError or RecipeError for samples that networks of this shape, or so many devices, cannot take."""
    if tuple(shape) != samples.shape:
        raise DataError(f"the networks are made for samples of shape {tuple(shape)}; these have {samples.shape}")
    if samples.batch_size % (replicas * recipe.accumulate):
        raise RecipeError(
            f"a batch of {samples.batch_size} cannot be shared evenly by {replicas} devices with accumulate "
            f"{recipe.accumulate}; expected a multiple of {replicas * recipe.accumulate}"
        )
    replace(recipe, batch_size=samples.batch_size).refuse_lonely(replicas)


class Means:
    """The means of scalars since the beginning of an epoch."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.count = 0

    def reset(self) -> None:
        """An epoch begins."""
        self.sums, self.count = {}, 0

    def of(self, scalars: Mapping[str, Any], images: int) -> dict[str, float]:
        """The means with those of one more step; DivergedError where one is not finite."""
        for name, value in scalars.items():
            number = float(value)
            if not math.isfinite(number):
                found = f"the term {name} is {number}"
                advice = "lower the learning rate, for instance gan.compile(learning_rate=1e-4), and start anew"
                raise DivergedError(f"{found} after {images:,} images; {advice}", found)
            self.sums[name] = self.sums.get(name, 0.0) + number
        self.count += 1
        return {name: total / self.count for name, total in self.sums.items()}
