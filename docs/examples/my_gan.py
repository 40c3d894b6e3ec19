"""A GAN of one's own in one file: ``mulligan train digits --recipe my_gan.py``."""

from dataclasses import dataclass

from torch import nn

from mulligan import Recipe, ops
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives import Objective
from mulligan.objectives.r1_r2 import R1


@dataclass(frozen=True)
class SquaredHinge(Objective):
    """Hinge loss whose push fades towards the margin: what each player minimizes, one number per sample."""

    margin: float = 1.0  # a number of the recipe: --set game.objective.margin=2

    def critic_terms(self, play):
        real, fake = play.real.score, play.fake.score
        return {"real": ops.relu(self.margin - real) ** 2, "fake": ops.relu(self.margin + fake) ** 2}

    def generator_terms(self, play):
        return {"fake": -play.fake.score}


class Painter(nn.Module):
    """z [n, latent] -> pictures [n, c, h, w] in [-1, 1]; ``facts`` say what the data is like."""

    def __init__(self, facts):
        super().__init__()
        (height, width), hidden = facts.size, 32
        self.layers = nn.Sequential(
            nn.Linear(facts.latent, hidden * (height // 2) * (width // 2)),
            nn.Unflatten(1, (hidden, height // 2, width // 2)),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(hidden, hidden, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(hidden, facts.channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z, label=None):
        return self.layers(z)


recipe = Recipe(
    name="my-gan",
    about="A squared hinge and a painter of my own, against the critic of DCGAN.",
    game=TwoPlayer(SquaredHinge(), penalties=(R1(weight=0.5),)),
    networks={"generator": Painter, "critic": dcgan.Critic(width=32, normalization="none")},
    latent=32,
    batch_size=64,
    images=200_000,
    learning_rate=5e-4,
    beta1=0.0,
)
