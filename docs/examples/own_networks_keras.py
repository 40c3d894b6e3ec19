"""Networks of one's own in Keras: ``mulligan train digits --recipe own_networks_keras.py --backend tensorflow``."""

import keras
from keras import layers

from mulligan import Recipe
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating

WIDTH = 32


class Painter(keras.Model):
    """z [n, latent] -> pictures [n, h, w, c] in [-1, 1]; ``facts`` say what the data is like."""

    def __init__(self, facts):
        super().__init__()
        height, width = facts.size
        self.stack = keras.Sequential(
            [
                layers.Dense((height // 2) * (width // 2) * WIDTH, activation="relu"),
                layers.Reshape((height // 2, width // 2, WIDTH)),
                layers.Conv2DTranspose(facts.channels, 4, strides=2, padding="same", activation="tanh"),
            ]
        )

    def call(self, z, label=None):
        return self.stack(z)


class Judge(keras.Model):
    """Pictures [n, h, w, c] -> one score each."""

    def __init__(self, facts):
        super().__init__()
        self.stack = keras.Sequential(
            [
                layers.Conv2D(WIDTH, 4, strides=2, padding="same"),
                layers.LeakyReLU(0.2),
                layers.Flatten(),
                layers.Dense(1),
                layers.Reshape(()),
            ]
        )

    def call(self, view, label=None):
        return self.stack(view)


recipe = Recipe(
    name="own-networks",
    game=TwoPlayer(NonSaturating()),
    networks={"generator": Painter, "critic": Judge},
    latent=32,
)
