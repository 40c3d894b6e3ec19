"""The small critic and generator in TensorFlow, and the same game with them: outcomes and gradients as numpy arrays."""

from typing import NamedTuple

import numpy as np
from _small_play import LATENT, SHAPE, Table
from _tensorflow import channels_last, floats, keras, tf

from mulligan.critique import Critique
from mulligan.games import Turn
from mulligan.train import state_keras, state_torch

PICTURE = (*SHAPE[1:], SHAPE[0])


class SmallCritic(keras.Model):
    """Two convolutions; one score to a sample, or a map of patches."""

    def __init__(self, patches):
        super().__init__()
        self.first, self.second = keras.layers.Conv2D(4, 3, name="first"), keras.layers.Conv2D(1, 2, name="second")
        self.patches = patches

    def call(self, view, label=None):
        h = tf.tanh(self.first(view))
        score = self.second(h)
        return Critique(score if self.patches else 3 * tf.reduce_mean(score, (1, 2, 3)), (h, h**2))


class SmallGenerator(keras.Model):
    """One dense layer."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(50, name="dense")

    def call(self, z, label=None):
        return tf.transpose(tf.reshape(tf.tanh(self.dense(z)), [-1, *SHAPE]), [0, 2, 3, 1])


class Found(NamedTuple):
    """What a turn gave: numbers by name, and the gradients of its summed terms by the weights of both networks."""

    values: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]


class TwinTable:
    """The networks and the batch of a torch table, in TensorFlow."""

    def __init__(self, table: Table, dtype: str):
        with floats(dtype):
            self.networks = {"generator": SmallGenerator(), "critic": SmallCritic(table.critic.patches)}
            self.networks["generator"](np.zeros((1, LATENT), dtype))
            self.networks["critic"](np.zeros((1, *PICTURE), dtype))
        for role, network in self.networks.items():
            state_keras.load_network(network, state_torch.network_arrays(getattr(table, role)))
        self.batch = {name: tf.constant(channels_last(part.numpy()), dtype) for name, part in table.batch.items()}
        self.weights = {
            f"{role}/{name}": place
            for role, network in self.networks.items()
            for name, place in state_keras.places(network).items()
        }

    def play(self, game, player, *, traced):
        """One turn, eager or as a traced function."""
        numbers = {f"game.penalties.{penalty.name}.weight": penalty.weight for penalty in game.penalties}
        variables = [place.variable.value for place in self.weights.values()]

        def turn(batch):
            with tf.GradientTape() as tape:
                terms, estimates = game.play(Turn(player), self.networks, batch, numbers, lambda samples, *_: samples)
                total = sum(terms.values())
            return terms | estimates, tape.gradient(total, variables, unconnected_gradients="zero")

        values, gradients = (tf.function(turn, autograph=False) if traced else turn)(self.batch)
        pairs = zip(self.weights.items(), gradients, strict=True)
        return Found(
            {name: value.numpy() for name, value in values.items()},
            {name: place.outward(gradient) for (name, place), gradient in pairs},
        )
