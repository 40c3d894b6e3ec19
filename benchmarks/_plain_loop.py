"""The usual tutorial form of a GAN's training in PyTorch, on given networks: what Mulligan's step is held against.

Eager; a loader with worker processes that decodes one picture after another; a generator pass of its own for each turn;
Adam without options; the moving average as a loop over the weights.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus
from torch.utils.data import DataLoader, Dataset

from mulligan.networks._convolution_torch import Conv2d, ConvTranspose2d
from mulligan.networks._dense_map_torch import DenseMap


class Pictures(Dataset):
    """Raw pictures [n, h, w, c], one at a time as floats from -1 to 1, channels first."""

    def __init__(self, raw: Tensor) -> None:
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, index: int) -> Tensor:
        return self.raw[index].permute(2, 0, 1).float().div(255).sub(0.5).div(0.5)


def forever(raw: Tensor, batch: int, workers: int) -> Iterator[Tensor]:
    """Shuffled batches, epoch after epoch."""
    loader = DataLoader(
        Pictures(raw), batch, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0
    )
    while True:
        yield from loader


class LinearThenMap(nn.Linear):
    """What a ``DenseMap`` of ours becomes, whose shape it still has: a dense layer, and then a view of it."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input).unflatten(1, self.shape)


PLAIN = {Conv2d: nn.Conv2d, ConvTranspose2d: nn.ConvTranspose2d, DenseMap: LinearThenMap}


def as_written_by_hand(network: nn.Module) -> nn.Module:
    """The same network with PyTorch's own layers, as everybody has them; ValueError where one of ours is left."""
    for layer in network.modules():
        layer.__class__ = PLAIN.get(type(layer), type(layer))
        if isinstance(layer, tuple(PLAIN)):  # with spectral norm its class is made for it alone
            raise ValueError(f"{type(layer).__name__} cannot be replaced by a layer of PyTorch's own")
    return network


class PlainLoop:
    """One update of both players at a call; ``pair``: the relativistic game with R1 and R2, else cross-entropy."""

    def __init__(self, networks: dict[str, nn.Module], batches: Iterator[Tensor], recipe: object, pair: bool) -> None:
        self.generator, self.critic = (as_written_by_hand(networks[role]) for role in ("generator", "critic"))
        self.batches, self.pair, self.latent = batches, pair, recipe.latent_size
        numbers = recipe.numbers(0)
        betas = (float(recipe.beta1), numbers["beta2"])
        self.adam_g, self.adam_d = (
            torch.optim.Adam(network.parameters(), lr=numbers["learning_rate"], betas=betas)
            for network in (self.generator, self.critic)
        )
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.weights = [numbers[f"game.penalties.{name}.weight"] for name in ("r1", "r2")] if pair else []

    def __call__(self) -> tuple[float, float]:
        real = next(self.batches)
        self.adam_d.zero_grad()
        of_critic = self._pair_critic(real) if self.pair else self._critic(real)
        of_critic.backward()
        self.adam_d.step()
        self.adam_g.zero_grad()
        fake = self.critic(self._fake(real)).score
        if self.pair:
            loss = softplus(self.critic(real).score - fake).mean()
        else:
            loss = binary_cross_entropy_with_logits(fake, torch.ones_like(fake))
        loss.backward()
        self.adam_g.step()
        for average, weight in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(weight.detach(), 0.001)
        return of_critic.item(), loss.item()

    def _fake(self, real: Tensor) -> Tensor:
        return self.generator(torch.randn(len(real), self.latent))

    def _critic(self, real: Tensor) -> Tensor:
        real_score, fake_score = self.critic(real).score, self.critic(self._fake(real).detach()).score
        return binary_cross_entropy_with_logits(
            real_score, torch.ones_like(real_score)
        ) + binary_cross_entropy_with_logits(fake_score, torch.zeros_like(fake_score))

    def _pair_critic(self, real: Tensor) -> Tensor:
        samples = [real.requires_grad_(), self._fake(real).detach().requires_grad_()]
        scores = [self.critic(sample).score for sample in samples]
        loss = softplus(scores[1] - scores[0]).mean()
        for weight, score, sample in zip(self.weights, scores, samples, strict=True):
            (slope,) = torch.autograd.grad(score.sum(), sample, create_graph=True)
            loss = loss + weight / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
        return loss
