"""R3GAN at a hundredth of its size: the same game for a CPU and small pictures."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import r3
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine

# Numbers of the paper's Stacked MNIST column, with a batch and a rate for a budget of minutes.
recipe = Recipe(
    name="r3gan-tiny",
    about="The published R3GAN game with networks of about 200,000 parameters.",
    game=TwoPlayer(
        RelativisticPair(),
        penalties=(R1(weight=Cosine(1.0, 0.1, share=0.2)), R2(weight=Cosine(1.0, 0.1, share=0.2))),
    ),
    networks={"generator": r3.Generator(latent=64, width=64), "critic": r3.Critic(width=64)},
    batch_size=64,
    images=1_000_000,
    learning_rate=Cosine(1e-3, 2e-4, share=0.2),
    beta1=0.0,
    beta2=Cosine(0.9, 0.99, share=0.2),
    ema_half_life_images=Cosine(0, 25_000, share=0.2),
)
