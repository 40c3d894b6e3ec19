"""Networks of one's own in PyTorch: ``mulligan train digits --recipe own_networks_torch.py``."""

from torch import nn

from mulligan import Recipe
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating

WIDTH = 32


class Painter(nn.Module):
    """z [n, latent] -> pictures [n, c, h, w] in [-1, 1]; ``facts`` say what the data is like."""

    def __init__(self, facts):
        super().__init__()
        height, width = facts.size
        self.layers = nn.Sequential(
            nn.Linear(facts.latent, WIDTH * (height // 2) * (width // 2)),
            nn.Unflatten(1, (WIDTH, height // 2, width // 2)),
            nn.ReLU(),
            nn.ConvTranspose2d(WIDTH, facts.channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z, label=None):
        return self.layers(z)


class Judge(nn.Module):
    """Pictures [n, c, h, w] -> one score each."""

    def __init__(self, facts):
        super().__init__()
        height, width = facts.size
        self.layers = nn.Sequential(
            nn.Conv2d(facts.channels, WIDTH, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(WIDTH * (height // 2) * (width // 2), 1),
            nn.Flatten(0),
        )

    def forward(self, view, label=None):
        return self.layers(view)


recipe = Recipe(
    name="own-networks",
    game=TwoPlayer(NonSaturating()),
    networks={"generator": Painter, "critic": Judge},
    latent=32,
)
