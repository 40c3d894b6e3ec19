"""A game of three networks, with neither objective nor penalties nor latents, trains through step and backend."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from mulligan import data, ops
from mulligan.assemble._backend import open_backend
from mulligan.codecs.image import ImageCodec
from mulligan.games._game import Outcome, Turn
from mulligan.networks import mlp
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws

CODEC = ImageCodec((8, 8), 1)


@dataclass(frozen=True)
class Rivals:
    """Two generators before one critic."""

    networks: ClassVar[tuple[str, ...]] = ("painter", "forger", "critic")
    product: ClassVar[str] = "painter"
    samples: ClassVar[tuple[str, ...]] = ("real", "painter", "forger")
    turns: ClassVar[tuple[Turn, ...]] = (Turn("critic"), Turn("painter", False), Turn("forger", False))

    def differentiates(self, role):
        return False

    def draw(self, turn, draws, start, count, latent):
        return {role: draws.normal(f"{turn.player}/{role}", start, count, (latent,)) for role in self.networks[:2]}

    def play(self, turn, networks, batch, numbers, view):
        def score(samples, name):
            return networks["critic"](view(samples, name, batch)).score

        if turn.player != "critic":
            fake = networks[turn.player](batch[turn.player])
            return Outcome({"fake": ops.mean(ops.softplus(-score(fake, turn.player)))}, {})
        fakes = {role: ops.stop_gradient(networks[role](batch[role])) for role in self.networks[:2]}
        terms = {role: ops.mean(ops.softplus(score(fake, role))) for role, fake in fakes.items()}
        return Outcome(terms | {"real": ops.mean(ops.softplus(-score(batch["real"], "real")))}, {})

    def after_update(self, turn, networks):
        pass


def test_three_networks_train():
    generator = mlp.Generator(latent=4, hidden=(8,))
    networks = {"painter": generator, "forger": generator, "critic": mlp.Critic(hidden=(8,))}
    recipe = Recipe(Rivals(), networks, batch_size=8, instance_noise=0.1).fit(CODEC.shape, 0).resolve(100)
    backend, source = open_backend("torch", "cpu"), data.open_source("digits", CODEC, cache=False)
    step = backend.step(recipe, CODEC.shape, 0, seed=0)
    before = {role: [weight.clone() for weight in net.parameters()] for role, net in step.networks.items()}
    rounds = backend.feed(recipe, source, CODEC, Draws(0), workers=0).rounds(0)
    for images in (0, recipe.images_per_step):
        scalars = step(next(rounds), recipe.numbers(images), images)
        terms = {"critic/painter", "critic/forger", "critic/real", "painter/fake", "forger/fake"}
        assert scalars.keys() == terms | {f"{role}/signal/gradient_norm" for role in Rivals.networks}
    for role, weights in before.items():
        moved = zip(weights, step.networks[role].parameters(), strict=True)
        assert not any(torch.equal(old, new) for old, new in moved), role
    assert backend.product(step, recipe, Draws(0), ()) is step.ema.network
