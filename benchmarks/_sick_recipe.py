"""A recipe whose generator is ill from birth: the benchmark writes copies with SUBJECT and ILLNESS changed."""

from dataclasses import replace

import torch
from torch import nn

from mulligan import recipes
from mulligan.objectives.r1_r2 import R1
from mulligan.recipes import auto

SUBJECT = "auto-digits"
ILLNESS = "not-finite"

BASES = {
    "auto-digits": lambda: auto.choose(899, (8, 8), 0, "cpu")[0],
    "auto-ring": lambda: auto.choose(100_000, (2,), 0, "cpu", 0.07)[0],
    "dcgan-digits": lambda: recipes.get("dcgan"),
    "dense-digits": lambda: _with_r1(recipes.get("dense")),
    "lsgan-fashion": lambda: _narrow(recipes.get("lsgan")),
}
STEPS_BEFORE = 50  # something happens; the shortest run is of a hundred


def _narrow(recipe):
    networks = {
        "generator": replace(recipe.networks["generator"], width=16),
        "critic": replace(recipe.networks["critic"], width=16),
    }
    return replace(recipe, networks=networks)


def _with_r1(recipe):
    return replace(recipe, game=replace(recipe.game, penalties=(R1(),)))


class Sick(nn.Module):
    """A healthy generator, and what is wrong with it."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, z, label=None):
        if self.training:
            self.calls += 1
        return self.answer(z)

    def answer(self, z):
        return self.network(z)


class Struck(Sick):
    """Something happens to it in training, once in the life of the process, and lasts until it is built anew."""

    has_happened = is_struck = False

    def __init__(self, network):
        super().__init__(network)
        Struck.is_struck = False
        self.calls_before = STEPS_BEFORE * (1 if BASES[SUBJECT]().game.shared_fakes else 2)

    def forward(self, z, label=None):
        is_a_step = self.training and torch.is_grad_enabled()  # and not somebody who looks at it
        if is_a_step and self.calls >= self.calls_before and not Struck.has_happened:
            Struck.has_happened = Struck.is_struck = True
        return super().forward(z, label)


class NotFinite(Struck):
    """One layer's answer is NaN."""

    def answer(self, z):
        return self.network(z) * (float("nan") if Struck.is_struck else 1.0)


class SuddenCollapse(Struck):
    """Whatever the latent is, the network sees the same one."""

    def answer(self, z):
        return self.network(torch.zeros_like(z) + 0.5 if Struck.is_struck else z)


class Dead(Sick):
    """All weights begin at zero, as does everything that they give on."""

    def __init__(self, network):
        super().__init__(network)
        for weight in network.parameters():
            nn.init.zeros_(weight)


class Saturated(Sick):
    """The last layer begins so large that only the ends of tanh are ever reached."""

    def __init__(self, network):
        super().__init__(network)
        *_, last = [weight for weight in network.parameters() if weight.ndim > 1]
        with torch.no_grad():
            last.mul_(1000)


class Constant(Sick):
    """Whatever the latent is, the network sees the same one."""

    def answer(self, z):
        return self.network(torch.zeros_like(z) + 0.5)


class ThreeModes(Sick):
    """The network sees one of three latents."""

    def answer(self, z):
        kind = (z[:, :1] > -0.43).float() + (z[:, :1] > 0.43).float()
        return self.network((kind - 1).expand_as(z).contiguous() + 0.01)


KINDS = {
    "not-finite": NotFinite,
    "sudden-collapse": SuddenCollapse,
    "dead": Dead,
    "saturated": Saturated,
    "constant": Constant,
    "three-modes": ThreeModes,
}


def generator(facts):
    """The subject's own generator with the illness."""
    spec = BASES[SUBJECT]().networks["generator"]
    return KINDS[ILLNESS](spec.fit(tuple(facts.shape), facts.labels).build("torch"))


_base = BASES[SUBJECT]()
recipe = replace(
    _base,
    networks={**_base.networks, "generator": generator},
    latent=_base.networks["generator"].latent,
)
