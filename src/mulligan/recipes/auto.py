"""The default when a user names only data: picks from shape, count, labels and device, and says what and why."""

from dataclasses import replace
from typing import NamedTuple

from mulligan.augment.diffaug import DiffAugment
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine

FEW = 5_000  # pictures below which the critic would learn them by heart


class Found(NamedTuple):
    """What of the data the choice depends on; ``size`` is (d,) for points."""

    count: int
    size: tuple[int, ...]
    classes: int


def choose(found: Found, device: str) -> tuple[Recipe, list[str]]:
    """A recipe for this data on this kind of device, and the reasons in sentences."""
    if len(found.size) == 1:
        return _points(), ["dense networks, relativistic pair with R1 and R2: the data is points"]
    width = 64 if device != "cpu" else 16
    reasons = [
        f"DCGAN networks of width {width}, relativistic pair with R1 and R2: the best pictures for the time on this device ({device})"
    ]
    recipe = _pictures(width)
    if found.count < FEW:
        recipe = replace(recipe, augment=DiffAugment(("translation", "cutout")), augment_probability=0.3)
        reasons.append(f"augmentation of what the critic sees: {found.count:,} pictures are few")
    return recipe, reasons


def _game(start: float, end: float) -> TwoPlayer:
    weights = Cosine(start, end, share=0.2)
    return TwoPlayer(RelativisticPair(), penalties=(R1(weight=weights), R2(weight=weights)))


def _pictures(width: int) -> Recipe:
    return Recipe(
        name="auto",
        about="The relativistic game of R3GAN on plain convolutions.",
        game=_game(1.0, 0.1),
        networks={
            "generator": dcgan.Generator(latent=64, width=width),
            "critic": dcgan.Critic(width=width, normalization="none"),
        },
        batch_size=64,
        images=1_000_000,
        learning_rate=1e-3,
        beta1=0.0,
        beta2=Cosine(0.9, 0.99, share=0.2),
        ema_half_life_images=Cosine(0, 20_000, share=0.2),
    )


def _points() -> Recipe:
    return Recipe(
        name="auto",
        about="The relativistic game of R3GAN on dense networks, for points.",
        game=_game(1.0, 0.1),
        networks={
            "generator": mlp.Generator(latent=16, hidden=(128, 128, 128), output="linear"),
            "critic": mlp.Critic(hidden=(128, 128, 128)),
        },
        batch_size=256,
        images=2_000_000,
        learning_rate=Cosine(1e-3, 1e-4, share=0.5),
        beta1=0.0,
        beta2=Cosine(0.9, 0.99, share=0.2),
        ema_half_life_images=20_000,
    )
