"""A small smooth critic and generator in float64, and what a game makes of them."""

from dataclasses import dataclass, field

import torch
from torch import nn

from mulligan import catalogue
from mulligan.critique import Critique
from mulligan.games import Turn
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives import Penalty
from mulligan.objectives.wasserstein import Wasserstein

N, SHAPE, LATENT = 6, (2, 5, 5), 3
KINDS = {
    f"{file}.{name}": kind
    for file in catalogue.listing("objectives")
    for name, kind in catalogue.parts("objectives", file).items()
}


class SmallCritic(nn.Module):
    """Two convolutions; one score to a sample, or a map of patches."""

    def __init__(self, patches: bool = False) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 4, 3), nn.Conv2d(4, 1, 2)
        self.patches, self.calls = patches, 0

    def forward(self, view, label=None, condition=None):
        self.calls += 1
        h = torch.tanh(self.first(view))
        score = self.second(h)
        return Critique(score if self.patches else 3 * score.mean((1, 2, 3)), (h, h**2))


class SmallGenerator(nn.Module):
    """One dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(LATENT, 50)

    def forward(self, z, label=None, condition=None):
        return torch.tanh(self.dense(z)).unflatten(1, SHAPE)


@dataclass
class Table:
    """The networks and a batch, ready to play."""

    critic: nn.Module = field(default_factory=SmallCritic)
    generator: nn.Module = field(default_factory=SmallGenerator)
    seed: int = 0

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        for network in (self.critic, self.generator):
            network.double()
            with torch.no_grad():
                for weight in network.parameters():
                    weight.copy_(torch.randn_like(weight) * 0.4)
        self.batch = {
            "real": torch.randn(N, *SHAPE, dtype=torch.float64),
            "z": torch.randn(N, LATENT, dtype=torch.float64),
            "mix": torch.rand(N, dtype=torch.float64),
        }

    def play(self, game: TwoPlayer, player: str, view=lambda samples, name, batch: samples):
        """The outcome of one turn."""
        networks = {"critic": self.critic, "generator": self.generator}
        numbers = {f"game.penalties.{penalty.name}.weight": penalty.weight for penalty in game.penalties}
        return game.play(Turn(player), networks, self.batch, numbers, view)


def game_of(part) -> TwoPlayer:
    """A game in which ``part`` has a place."""
    return TwoPlayer(Wasserstein(), penalties=(part,)) if isinstance(part, Penalty) else TwoPlayer(part)


def gradients(loss, network):
    """The gradients of all weights, zeros where there is none."""
    found = torch.autograd.grad(loss, list(network.parameters()), allow_unused=True, retain_graph=True)
    return [torch.zeros_like(w) if g is None else g for w, g in zip(network.parameters(), found, strict=True)]
