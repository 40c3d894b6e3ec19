"""SNGAN (Miyato et al. 2018): residual networks, spectral norm on the critic, hinge loss."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import resnet
from mulligan.objectives.hinge import Hinge
from mulligan.recipe import Recipe

recipe = Recipe(
    name="sngan",
    about="Residual networks with a spectrally normalized critic and the hinge loss.",
    game=TwoPlayer(Hinge(), critic_turns=5),
    networks={"generator": resnet.Generator(latent=128), "critic": resnet.Critic(spectral_norm=True)},
    batch_size=64,
    images=16_000_000,  # 50,000 generator updates
    learning_rate=2e-4,
    beta1=0.0,
    beta2=0.9,
)
