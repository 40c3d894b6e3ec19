"""WGAN with weight clipping (Arjovsky et al. 2017, algorithm 1)."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe

recipe = Recipe(
    name="wgan",
    about="Wasserstein distance by a critic whose weights are clipped; its estimate in the log tells the progress.",
    game=TwoPlayer(Wasserstein(weight_clip=0.01), critic_turns=5),
    networks={"generator": dcgan.Generator(latent=100, width=64), "critic": dcgan.Critic(width=64)},
    batch_size=64,
    images=5_000_000,
    optimizer="rmsprop",
    learning_rate=5e-5,
)
