"""The average of the weights is the closed form, in images, and comes with statistics of its own."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mulligan.assemble._backend import open_backend
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe
from mulligan.recipes.dense import recipe as dense
from mulligan.train.draws import Draws
from mulligan.train.ema_torch import Ema

STEADY = replace(dense, ema_half_life_images=1000, ema_ramp=1.0)


def decay(batch_size, images):
    return replace(STEADY, batch_size=batch_size).numbers(images)["ema_decay"]


def test_the_average_equals_the_closed_form():
    network, random = nn.Linear(7, 5), np.random.default_rng(0)
    ema = Ema(network)
    weights = [network.weight.detach().numpy().astype(np.float64)]
    decays = random.uniform(0.5, 0.999, 300)
    for each in decays:
        with torch.no_grad():
            network.weight.copy_(torch.from_numpy(random.normal(size=(5, 7))))
        weights.append(network.weight.detach().numpy().astype(np.float64))
        ema.update(network, each)
    # sum over k of (1 - d_k) w_k prod_{j > k} d_j, and what is left of the beginning
    left = np.append(np.cumprod(decays[::-1])[::-1], 1.0)
    closed = left[0] * weights[0] + sum(
        (1 - d) * later * w for d, later, w in zip(decays, left[1:], weights[1:], strict=True)
    )
    assert np.abs(ema.network.weight.numpy() - closed).max() <= 1e-6


@pytest.mark.parametrize("batch_size", [16, 64])
def test_the_half_life_is_in_images_whatever_the_batch(batch_size):
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(1.0)
        ema = Ema(network)
        network.weight.fill_(0.0)
    images = 0
    while images < 3200:
        images += batch_size
        ema.update(network, decay(batch_size, 10**6))
        assert ema.network.weight.item() == pytest.approx(0.5 ** (images / 1000), abs=1e-6)


def test_the_ramp_lets_a_young_average_follow():
    recipe = replace(dense, ema_half_life_images=10_000, ema_ramp=0.05, batch_size=100)
    assert recipe.numbers(0)["ema_decay"] == 0.0
    assert recipe.numbers(20_000)["ema_decay"] == pytest.approx(0.5 ** (100 / 1000))
    assert recipe.numbers(10**7)["ema_decay"] == pytest.approx(0.5 ** (100 / 10_000))


def test_a_decay_of_zero_gives_the_network_itself():
    network = nn.Linear(3, 3)
    ema = Ema(nn.Linear(3, 3))
    ema.update(network, 0.0)
    assert torch.equal(ema.network.weight, network.weight)
    assert not ema.network.weight.requires_grad and not ema.network.training


def test_batch_norm_of_the_average_is_that_of_an_independent_recalibration():
    recipe = Recipe(
        game=TwoPlayer(NonSaturating()),
        networks={"generator": dcgan.Generator(size=16, channels=1, latent=6, width=8),
                  "critic": dcgan.Critic(size=16, channels=1, width=8)},
        batch_size=16,
    )  # fmt: skip
    backend, draws = open_backend("torch", "cpu"), Draws(0)
    step = backend.step(recipe, (16, 16, 1), 0, seed=0)
    torch.manual_seed(1)
    generator = step.networks["generator"].train()
    for _ in range(30):  # weights that wander, and an average that comes after them
        with torch.no_grad():
            for weight in generator.parameters():
                weight.add_(0.05 * torch.randn_like(weight))
        generator(torch.randn(16, 6))
        step.ema.update(generator, 0.9)
    network = backend.product(step, recipe, draws, ())
    latent = torch.from_numpy(draws.normal("recalibrate", 0, 1024, (6,)))
    found, stale = network(latent[:64]), copy.deepcopy(network)
    wanted = _recalibrated(network, latent)(latent[:64])
    assert (found - wanted).abs().max() <= 1e-4
    for own, theirs in zip(stale.buffers(), generator.buffers(), strict=True):
        own.copy_(theirs)
    assert (stale(latent[:64]) - wanted).abs().max() > 1e-2, "with the generator's own statistics it is another picture"


@torch.no_grad()
def _recalibrated(network, latent, batch=256):
    """The same weights with statistics taken by hand: of what comes in while every batch is normalized by itself."""
    other = copy.deepcopy(network).eval()
    norms = [part for part in other.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    seen = {norm: [] for norm in norms}

    def note(norm, inputs):
        x = inputs[0].transpose(0, 1).flatten(1).double()
        seen[norm].append((x.mean(1), x.var(1)))

    def by_batch(norm, inputs, output):
        x = inputs[0]
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(x.ndim)]
        mean, var = x.mean(axes).view(shape), x.var(axes, unbiased=False).view(shape)
        return (x - mean) / (var + norm.eps).sqrt() * norm.weight.view(shape) + norm.bias.view(shape)

    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    hooks += [norm.register_forward_hook(by_batch) for norm in norms]
    for part in latent.split(batch):
        other(part)
    for hook in hooks:
        hook.remove()
    for norm, pairs in seen.items():
        norm.running_mean.copy_(torch.stack([mean for mean, _ in pairs]).mean(0))
        norm.running_var.copy_(torch.stack([var for _, var in pairs]).mean(0))
    return other
