"""DCGAN (Radford et al. 2016): the convolutional GAN that most people start from."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe

recipe = Recipe(
    name="dcgan",
    about="Transposed convolutions and batch norm with the non-saturating loss.",
    expect="Frechet 9.8 and 10.7 on classifier-mnist (10,000 samples, seeds 0 and 1): "
    "mulligan train mnist/ --recipe dcgan --images 610944",
    game=TwoPlayer(NonSaturating(), shared_fakes=True),
    networks={"generator": dcgan.Generator(latent=100, width=64), "critic": dcgan.Critic(width=64)},
    batch_size=128,
    images=3_000_000,
    learning_rate=2e-4,
    beta1=0.5,
)
