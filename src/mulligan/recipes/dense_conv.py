"""A dense generator against a convolutional critic, minimax game with the non-saturating generator step."""

from mulligan.games.two_player import TwoPlayer
from mulligan.networks import convcritic, mlp
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe

recipe = Recipe(
    name="dense-conv",
    about="A dense generator with batch norm against a convolutional critic with dropout.",
    game=TwoPlayer(NonSaturating()),
    networks={
        "generator": mlp.Generator(latent=100, hidden=(256, 512, 1024), output="tanh", batch_norm=True),
        "critic": convcritic.Critic(),
    },
    batch_size=128,
    images=1_280_000,  # 10,000 steps
    learning_rate=2e-4,
    beta1=0.5,
)
