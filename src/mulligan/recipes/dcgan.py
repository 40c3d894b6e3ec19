"""DCGAN (Radford et al. 2016): the convolutional GAN that most people start from."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe

recipe = Recipe(
    name="dcgan",
    about="Transposed convolutions and batch norm with the non-saturating loss.",
    expect="Frechet 12.5 on classifier-mnist, after 265,600 images: mulligan train mnist/ --recipe dcgan --time 20m",
    game=TwoPlayer(NonSaturating(), shared_fakes=True),
    networks={"generator": dcgan.Generator(latent=100, width=64), "critic": dcgan.Critic(width=64)},
    batch_size=128,
    images=3_000_000,
    learning_rate=2e-4,
    beta1=0.5,
)
