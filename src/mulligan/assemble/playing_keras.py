"""A recipe's game as a model of Keras: what is behind `mulligan.keras.GAN`."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mulligan.assemble import fit_keras, look
from mulligan.assemble.backend_keras import Backend
from mulligan.errors import RecipeError
from mulligan.override import assignments, override
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws
from mulligan.train.rounds_keras import Rounds
from mulligan.train.samples_keras import Samples, opened
from mulligan.train.state_keras import load_network

Tensor = Any

_NEVER = -1  # measured after no count of images


class Playing(keras.Model):
    """Plays the turns of a recipe's game in ``train_step``; its networks are made for the data of the first ``fit``."""

    def __init__(self, recipe: Recipe, class_names: tuple[str, ...], seed: int, name: str) -> None:
        super().__init__(name=name)
        self.recipe = self.unresolved = recipe
        self.seed, self.class_names, self._backend = seed, class_names, Backend()
        self.networks: Any = None
        self.average: Any = None
        self.codec: Any = None
        self._step: Any = None
        self._rounds: Any = None
        self._sample_count: int | None = None
        self._images_before = 0  # the step that is being taken
        self._means = fit_keras.Means()
        self._images, self._measured_at = self._counter("images_seen", 0), self._counter("measured_at", _NEVER)

    @property
    def classes(self) -> int:
        """Number of classes that the networks know."""
        return len(self.class_names) if self.recipe.labels else 0

    @property
    def images(self) -> int:
        """Images shown to the critic so far."""
        return _whole(self._images)

    def compile(
        self,
        optimizer: Any = None,
        *,
        run_eagerly: bool = False,
        jit_compile: bool | None = None,
        steps_per_execution: int = 1,
        **numbers: Any,
    ) -> None:
        """Change numbers of the recipe, and begin its optimizers anew; without arguments the recipe as it is.

        ``learning_rate=1e-4``, ``batch_size`` aside any number of ``mulligan show``, dotted names in a dict:
        ``compile(**{"game.penalties.r1.weight": 5})``. ``optimizer`` is "adam", "rmsprop" or a
        ``keras.optimizers.Adam``, whose numbers are taken over. RecipeError for what a recipe has no place for.
        """
        fit_keras.refuse_losses(numbers)
        words = fit_keras.numbers_of(optimizer) | numbers
        if self.networks and any(name.partition(".")[0] == "networks" for name in words):
            raise RecipeError("the networks are made already; change them with GAN(..., set={...})")
        self.recipe, self.unresolved = (override(each, assignments(words)) for each in (self.recipe, self.unresolved))
        jit_compile = self.recipe.compile if jit_compile is None else jit_compile
        super().compile(
            optimizer=None, run_eagerly=run_eagerly, jit_compile=jit_compile, steps_per_execution=steps_per_execution
        )
        if self.networks:
            with self.distribute_strategy.scope():
                self._take(self._backend.step_of(self.recipe, dict(self.networks), self._step.ema, self.seed))

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        *,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        **others: Any,
    ) -> Any:
        """Train on arrays, or on a ``tf.data.Dataset`` of batches, alone or in pairs with labels; returns the history.

        Pictures are uint8 of 0 to 255 or floats of -1 to 1, channels last. One batch of a data set is looked at
        beforehand; batches that are shorter than it are left out. A round of several critic turns takes as many
        batches. The history has the means over each epoch under the names of a run's log. DataError or RecipeError,
        each in one sentence, for what cannot be trained on; DivergedError where a term is not finite.
        """
        if others:
            raise RecipeError(
                f"{next(iter(others))} means nothing to a GAN; expected x, y, batch_size, epochs, verbose, callbacks, "
                "initial_epoch and steps_per_epoch"
            )
        callbacks = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else list(callbacks or ())
        fit_keras.refuse_callbacks(callbacks)
        if steps_per_epoch is not None and steps_per_epoch < 1:
            raise RecipeError(f"steps_per_epoch is {steps_per_epoch}; expected 1 or more, or leave it out")
        samples = opened(x, y, batch_size, default=self.recipe.batch_size)
        if not self.compiled:
            self.compile()
        self._meet(samples)
        rounds = Rounds(samples, self.recipe, self.seed, images=lambda: self._images_before)
        steps = steps_per_epoch or rounds.steps
        budget = (epochs - initial_epoch) * steps * self.recipe.images_per_step if steps else self.recipe.images
        self.recipe = self.recipe.resolve(budget)
        self._rounds, self._images_before = replace(rounds, recipe=self.recipe), (before := self.images)
        with warnings.catch_warnings():
            if steps_per_epoch is None:  # which is how an epoch of unknown length ends
                warnings.filterwarnings("ignore", "Your input ran out of data")
            history = super().fit(
                self._rounds.dataset(steps_per_epoch),
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                shuffle=False,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
            )
        if self.images == before and history.epoch:
            raise rounds.too_few("too few")
        return history

    def train_step(self, data: Any) -> dict[str, Tensor]:
        """One round of turns; the scalars of each player, as in the log of a run."""
        turns = self._rounds.unpacked(data, self.codec.scale, self.codec.offset)
        # Where an epoch's length is not known its end breaks this function off, and nothing must have moved by then.
        with tf.control_dependencies(tf.nest.flatten(data)):
            scalars, _ = self._step.play(turns.batches, turns.numbers, turns.seed)
            self._images.assign(turns.images)
        return scalars

    def make_train_function(self, force: bool = False) -> None:
        """As Keras makes it, with the means since the epoch's beginning in the place of the last step's scalars."""
        if force or self.train_function is None:
            super().make_train_function(force=force)
            self.train_function: Any = partial(self._averaged, self.train_function)

    def reset_metrics(self) -> None:
        """An epoch begins."""
        super().reset_metrics()
        self._means.reset()

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """RecipeError, with what to do instead."""
        raise RecipeError("a round is more than a batch; type gan.fit(x, epochs=1, steps_per_epoch=1)")

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        """RecipeError, with what to do instead."""
        raise RecipeError(
            "a GAN has no loss on held-out data; write gan.to_model_file('model.safetensors') and type: "
            "mulligan evaluate model.safetensors --data PHOTOS/"
        )

    def call(self, z: Tensor, training: bool = False) -> Tensor:
        """What the averaged generator makes of latents [n, latent], or of those and labels [n]."""
        if self.average is None:
            raise RecipeError("the networks are made for the data of the first fit; fit first, or say GAN(..., shape=)")
        return self.average(*z) if isinstance(z, list | tuple) else self.average(z)

    def generate(self, samples: int = 64, labels: Any = None, seed: int = 0, start: int = 0) -> np.ndarray:
        """Raw samples, uint8 [n, h, w, c] for pictures, of one label, of labels [n], or in the shares of the data.

        Sample i of a seed is the same however many are asked for, and the same as the model file gives.
        """
        if self.networks is None:
            raise RecipeError("there is nothing to generate with; fit first, or say GAN(..., shape=)")
        counts = getattr(self.codec, "class_counts", ())
        latent, label = look.inputs(self.recipe, self.classes, counts, seed, samples, start)
        if labels is not None:
            label = self._asked(labels, samples)
        return self.codec.to_raw(self._backend.sample(self.product(), latent, label))

    def _counter(self, name: str, start: int) -> Any:
        how = {"trainable": False, "aggregation": "only_first_replica"}
        return self.add_weight(
            shape=(), initializer=keras.initializers.Constant(start), dtype="int64", name=name, **how
        )

    def _meet(self, samples: Samples) -> None:
        """Make what is not there yet for these samples; a sentence where they do not fit."""
        if self.codec is None:
            names = self.class_names or tuple(map(str, range(len(samples.class_counts))))
            counts = samples.class_counts if len(samples.class_counts) == len(names) else ()
            fit_keras.refuse_unlabelled(samples, self.recipe, names)
            self.class_names = names
            self.begin(fit_keras.codec_of(samples.shape, names, counts))
        fit_keras.refuse_unlabelled(samples, self.recipe, self.class_names)
        fit_keras.refuse_unfit(samples, self.recipe, self.codec.shape, self.distribute_strategy.num_replicas_in_sync)
        self._sample_count = samples.count
        self.recipe, self.unresolved = (
            replace(each, batch_size=samples.batch_size) for each in (self.recipe, self.unresolved)
        )

    def begin(self, codec: Any) -> None:
        """Make networks for samples that this codec reads."""
        self.codec = codec
        self.recipe, self.unresolved = (each.fit(codec.shape, self.classes) for each in (self.recipe, self.unresolved))
        with self.distribute_strategy.scope():
            self._take(self._backend.step(self.recipe, codec.shape, self.classes, self.seed))
        for network in self.networks.values() if self.recipe.synchronize_batch_norm else ():
            for layer in network._flatten_layers():
                if hasattr(layer, "synchronized"):
                    layer.synchronized = True
        self.built = True

    def start_from(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Give the generator, and the average, the weights and batch-norm statistics of a trained one."""
        product = self.networks[self.recipe.game.product]
        load_network(product, arrays)
        self._step.ema.restart(product)
        self._measured_at.assign(self.images)

    def _take(self, step: Any) -> None:
        if self.networks is None:
            self.networks, self.average = dict(step.networks), step.ema.network
        self._step, self._optimizers = step, dict(step.optimizers)

    def _averaged(self, train_function: Any, iterator: Any) -> dict[str, float]:
        scalars = train_function(iterator)
        # Not read while a function runs, which counts on in its own time: an epoch that begins must know where.
        self._images_before = self.images
        return self._means.of(scalars, self._images_before)

    def product(self) -> keras.Model:
        """The averaged generator, its batch-norm statistics measured for the weights that it has now."""
        if _whole(self._measured_at) != self.images:
            counts = getattr(self.codec, "class_counts", ()) or (1,) * self.classes
            counts = counts if self.recipe.labels else ()
            with self.distribute_strategy.scope():
                self._backend.product(self._step, self.recipe, Draws(self.seed), counts)
                self._measured_at.assign(self.images)
        return self.average

    def _asked(self, labels: Any, samples: int) -> np.ndarray:
        """The labels [n] that are meant by a name, a number, or one for each sample."""
        names = self.class_names if self.recipe.labels else ()
        places = {name: place for place, name in enumerate(names)} | dict(enumerate(range(len(names))))
        wanted = [labels] * samples if isinstance(labels, str | int) else list(np.asarray(labels).tolist())
        if len(wanted) != samples or any(each not in places for each in wanted):
            choices = f"one of {', '.join(names)}, or {samples} of them" if names else "none: it trains without labels"
            raise RecipeError(f"the labels asked for are {labels!r}; expected {choices}")
        return np.array([places[each] for each in wanted])


def _whole(variable: Any) -> int:
    """The number in a variable, mirrored or not."""
    return int(variable.numpy())
