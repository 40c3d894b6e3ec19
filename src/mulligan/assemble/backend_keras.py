"""What `assemble` needs of TensorFlow: devices, steps, feeds, samples and states."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mulligan import ops_keras
from mulligan.assemble import _heap, _machine, device_keras
from mulligan.assemble._framework import Framework, in_batches
from mulligan.assemble._layers import by_layer
from mulligan.augment.view_keras import View
from mulligan.errors import RecipeError
from mulligan.networks._freeze_keras import frozen
from mulligan.networks._given_keras import playable
from mulligan.networks._statistics_keras import recalibrate
from mulligan.recipe import Facts, Recipe, is_spec
from mulligan.train import feed_keras, state_keras, step_state_keras, vitals_keras
from mulligan.train.draws import seed_of
from mulligan.train.ema_keras import Ema
from mulligan.train.group import Alone
from mulligan.train.optimizers_keras import Adam, RMSprop
from mulligan.train.step_keras import Step


class Backend(Framework):
    """TensorFlow on one device."""

    name = "tensorflow"
    feeds = feed_keras
    threads_are_fixed = True  # once TensorFlow has begun to compute
    survives_shortage = False  # of memory: on the CPU it may end the process
    first_step_prepares = True  # it is traced

    def __init__(self, device: str = "auto", group: Any = None) -> None:
        self.device, self.group = device_keras.open_device(device), group or Alone()
        device_keras.use_threads(device_keras.said("OMP_NUM_THREADS"))

    def meet(self) -> None:
        """There is one process."""

    def environment(self) -> dict[str, Any]:
        """What a result may depend on beside the recipe."""
        found = {
            "framework": f"tensorflow {tf.__version__}",
            "device": self.device.type,
            "threads": device_keras.threads(),
        }
        return found | {"processes": self.group.size}

    def use_threads(self, count: int | None) -> None:
        """Compute with so many threads, where TensorFlow has not begun to compute with others."""
        device_keras.use_threads(count or 0)

    @contextmanager
    def threads_kept(self) -> Iterator[None]:
        """TensorFlow's threads cannot be changed, so there is nothing to give back."""
        yield

    def precision(self, recipe: Recipe) -> str:
        """Float32; RecipeError where the recipe asks for another one."""
        if recipe.precision == "bfloat16":
            raise RecipeError("bfloat16 has no tensorflow form; type --set precision=float32, or --backend torch")
        return "float32"

    def networks(self, recipe: Recipe, shape: tuple[int, ...], labels: int, seed: int) -> dict[str, keras.Model]:
        """Fresh networks of all roles, initialized from the seed."""
        with _seeded(seed), tf.device(self.device.place):
            return {role: self._network(recipe, role, shape, labels) for role in recipe.networks}

    def _network(self, recipe: Recipe, role: str, shape: tuple[int, ...], labels: int) -> keras.Model:
        entry = recipe.networks[role]
        facts = Facts(shape, labels, recipe.latent)
        network = entry.build("tensorflow") if is_spec(entry) else entry(facts)
        if not isinstance(network, keras.Model):
            kind = f"{type(network).__module__}.{type(network).__name__}"
            advice = "return a keras.Model, or type another --backend"
            raise RecipeError(f"the network {role} is a {kind}, which TensorFlow cannot train; {advice}")
        network = playable(network)
        if not is_spec(entry):  # which may not know its shapes until it is called
            made = role == recipe.game.product
            sample = tf.zeros((1, recipe.latent_size) if made else (1, *shape))
            answer = network(sample, **({"label": tf.zeros(1, tf.int64)} if labels else {}))
            if made and tuple(answer.shape[1:]) != shape:
                found = tuple(answer.shape[1:])
                raise RecipeError(
                    f"the network {role} makes samples of shape {found}; expected {shape}, as the data has"
                )
        return network

    def step(self, recipe: Recipe, shape: tuple[int, ...], labels: int, seed: int) -> Step:
        """A step at its beginning."""
        if self.device.type == "cpu":
            _heap.keep_freed_memory()
        networks, product = self.networks(recipe, shape, labels, seed), recipe.game.product
        with tf.device(self.device.place):
            average = Ema(networks[product], self._network(recipe, product, shape, labels))
        return self.step_of(recipe, networks, average, seed)

    def step_of(self, recipe: Recipe, networks: Mapping[str, keras.Model], average: Ema, seed: int) -> Step:
        """A step that moves these networks, with optimizers at their beginning."""
        self.precision(recipe)
        with tf.device(self.device.place):
            view = View(recipe.augment.build("tensorflow") if recipe.augment else None, recipe.instance_noise != 0)
            return Step(
                game=recipe.game,
                networks=networks,
                optimizers={role: _optimizer(recipe, role) for role in networks},
                ema=average,
                view=view,
                frozen=frozen,
                reseed=_reseeding(networks, view),
                accumulate=recipe.accumulate,
                gradient_clip=recipe.gradient_clip,
                seed=seed,
                compile=recipe.compile,
            )

    def arrays(self, step: Step) -> dict[str, np.ndarray]:
        """The state of a step."""
        return step_state_keras.step_arrays(step)

    def share(self, step: Step) -> None:
        """There is one process."""

    def load(self, step: Step, arrays: Mapping[str, np.ndarray]) -> None:
        """Give a fresh step a saved state."""
        if arrays:
            step_state_keras.load_step(step, arrays)

    def start_from(self, step: Step, arrays: Mapping[str, Mapping[str, np.ndarray]]) -> list[str]:
        """Take over the weights of trained networks by role, where the shapes allow; returns what was left fresh."""
        left = []
        for role, found in arrays.items():
            left += [f"{role}/{name}" for name in state_keras.take_matching(step.networks[role], found)]
        step.ema.restart(step.networks[step.game.product])
        return left

    def freeze_first_layers(self, step: Step, role: str, count: int) -> list[str]:
        """Keep the first ``count`` layers of a network as they are, and return their names; before its first step."""
        moving = {id(weight) for weight in step.weights[role]}
        places = state_keras.places(step.networks[role])
        layers = by_layer((name, place.variable) for name, place in places.items() if id(place.variable) in moving)
        chosen = list(layers)[:count]
        for layer in chosen:
            for weight in layers[layer]:
                weight.trainable = False
        return chosen

    @property
    def place(self) -> str:
        """Where tensors go, in TensorFlow's words."""
        return self.device.place

    def measure(self, network: keras.Model, latent: np.ndarray, label: np.ndarray | None) -> None:
        """Measure the statistics of batch norm for these inputs."""
        with tf.device(self.place):
            recalibrate(network, self._inputs(latent, label))

    def product_arrays(self, network: keras.Model) -> dict[str, np.ndarray]:
        """Weights and buffers of one network."""
        return state_keras.network_arrays(network)

    def load_product(
        self, recipe: Recipe, shape: tuple[int, ...], labels: int, arrays: Mapping[str, np.ndarray]
    ) -> keras.Model:
        """The product of a model file, ready to be used."""
        with tf.device(self.device.place):
            network = self._network(recipe, recipe.game.product, shape, labels)
            state_keras.load_network(network, arrays)
        return network

    def sample(self, network: keras.Model, latent: np.ndarray, label: np.ndarray | None) -> np.ndarray:
        """Samples as floats, pictures with channels last: [n, latent] -> [n, h, w, c]."""
        with tf.device(self.device.place):
            batches = [network(*inputs, training=False).numpy() for inputs in self._inputs(latent, label)]
        return np.concatenate(batches).astype(np.float32, copy=False)

    def _inputs(self, latent: np.ndarray, label: np.ndarray | None) -> Iterator[tuple]:
        return (tuple(map(tf.convert_to_tensor, arrays)) for arrays in in_batches(latent, label))

    def look(
        self, step: Step, codec: Any, latent: np.ndarray, real: Mapping, held_out: Mapping | None, label: Any, rows: int
    ) -> vitals_keras.Look:
        """What the critic says of raw reals, raw held-out reals and the fakes of these latents and labels."""

        def on_device(batch: Mapping | None) -> tuple[Any, Any]:
            if batch is None:
                return None, None
            labels = tf.convert_to_tensor(batch["label"]) if label is not None else None
            return feed_keras.decoded(tf.convert_to_tensor(batch["real"]), codec.scale, codec.offset), labels

        with tf.device(self.device.place):
            ((z, own),) = (tuple([*inputs, None][:2]) for inputs in self._inputs(latent, label))
            return vitals_keras.look(step, (z, own), on_device(real), on_device(held_out), rows)

    def norms(self, step: Step) -> dict[str, float]:
        """Sizes of the weights and of their last updates."""
        return vitals_keras.norms(step)

    def typical_weights(self, step: Step) -> dict[str, float]:
        """The median size of each network's weights."""
        return vitals_keras.typical_weights(step)

    def parameter_count(self, network: keras.Model) -> int:
        """Trainable numbers of a network."""
        return sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)

    def layers(self, network: keras.Model) -> list[str]:
        """A line for each layer that has weights: its name, what it is, and the shapes of the weights."""
        lines = []
        for layer in network._flatten_layers(include_self=False):
            shapes = [tuple(weight.shape) for weight in layer.trainable_variables]
            if shapes and not list(layer._flatten_layers(include_self=False)):
                lines.append(f"{layer.name:<24} {type(layer).__name__:<18} {' '.join(map(str, shapes))}")
        return lines

    def memory_bytes(self) -> int:
        """Largest memory of the device so far, or of the process where the device is the CPU."""
        if self.device.type == "cuda":
            return tf.config.experimental.get_memory_info(self.device.place.strip("/"))["peak"]
        return _machine.largest_memory()

    def give_memory_back(self) -> None:
        """Have what is freed go back at once from now on; TensorFlow keeps that of a graphics card."""
        _heap.give_memory_back()

    def synchronize(self) -> None:
        """Wait until the device has done all that it was asked: before looking at a clock."""
        if self.device.type == "cuda":
            tf.test.experimental.sync_devices()


def _optimizer(recipe: Recipe, role: str) -> Adam | RMSprop:
    if recipe.optimizer == "adam":
        return Adam(beta_1=float(recipe.beta1), epsilon=recipe.epsilon_of(role))
    return RMSprop()


def _reseeding(networks: Mapping[str, keras.Model], view: View) -> Callable[[Any], None]:
    """What seeds all that draws in a step: dropout, instance noise, and the noise of objectives."""
    layers = [layer for network in networks.values() for layer in network._flatten_layers()]
    generators = [generator for layer in layers for generator in layer._seed_generators]
    noise = ops_keras.new_noise()

    def reseed(seed: Any) -> None:
        ops_keras.seed_noise(seed, noise)
        view.reseed(seed + 1)
        for place, generator in enumerate(generators, start=2):
            generator.state.assign(tf.bitcast(seed + place, tf.uint32))

    return reseed


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let Keras draw from a seed; it takes it from the generators of Python and numpy, which get theirs back."""
    before = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed_of(seed, 0, 0) % 2**32)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
