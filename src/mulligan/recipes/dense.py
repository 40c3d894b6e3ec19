"""The first GAN (Goodfellow et al. 2014): dense networks and the non-saturating loss."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import mlp
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe

recipe = Recipe(
    name="dense",
    about="Dense networks with the non-saturating loss: the smallest GAN that draws digits.",
    game=TwoPlayer(NonSaturating()),
    networks={
        "generator": mlp.Generator(latent=100, hidden=(128, 256, 512), output="linear"),
        "critic": mlp.Critic(hidden=(512, 256, 128)),
    },
    batch_size=128,
    images=12_800_000,  # 100,000 steps
    learning_rate=2e-4,
    beta1=0.5,
)
