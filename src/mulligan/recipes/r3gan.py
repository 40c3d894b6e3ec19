"""R3GAN (Huang et al. 2024): relativistic pair, R1 and R2, residual networks without normalization."""

from mulligan.augment.diffaug import DiffAugment
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import r3
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine

# Numbers of the paper's CIFAR-10 column; its burn-in is 8 % of the budget.
recipe = Recipe(
    name="r3gan",
    about="The published R3GAN at full size, about 21 million parameters a network: for a GPU.",
    game=TwoPlayer(
        RelativisticPair(),
        penalties=(R1(weight=Cosine(0.05, 0.005, share=0.08)), R2(weight=Cosine(0.05, 0.005, share=0.08))),
    ),
    networks={"generator": r3.Generator(latent=64, width=768), "critic": r3.Critic(width=768)},
    batch_size=512,
    images=250_000_000,
    learning_rate=Cosine(2e-4, 5e-5, share=0.08),
    beta1=0.0,
    beta2=Cosine(0.9, 0.99, share=0.08),
    ema_half_life_images=Cosine(0, 5_000_000, share=0.08),
    augment=DiffAugment(),
    augment_probability=Cosine(0.0, 0.55, share=0.08),
    precision="float32",
)
