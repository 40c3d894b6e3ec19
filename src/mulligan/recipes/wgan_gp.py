"""WGAN with gradient penalty (Gulrajani et al. 2017, algorithm 1)."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe

recipe = Recipe(
    name="wgan-gp",
    about="Wasserstein distance by a critic whose slope is held at one by a penalty.",
    game=TwoPlayer(Wasserstein(), penalties=(GradientPenalty(weight=10.0),), critic_turns=5),
    networks={
        "generator": dcgan.Generator(latent=100, width=64),
        "critic": dcgan.Critic(width=64, normalization="none"),
    },
    batch_size=64,
    images=5_000_000,
    learning_rate=1e-4,
    beta1=0.0,
    beta2=0.9,
)
