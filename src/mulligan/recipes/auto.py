"""The default when a user names only data: picks from shape, count and device, and says what and why."""

from dataclasses import replace

from mulligan.augment.diffaug import DiffAugment
from mulligan.errors import RecipeError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine, Exponential

GAME = "relativistic pair with R1 and R2"
FEW = 5_000  # pictures below which a critic comes to know them by heart
TINY = 12  # pixels a side up to which dense networks see all that there is
# Pixels a side that train within hours rather than days.
LARGEST_ON_CPU, LARGEST_ELSEWHERE = 64, 128
MOST_CLASSES, FEWEST_OF_A_CLASS = 1000, 100  # labels of which networks can learn something

# Width of the largest hidden map by the longer side of the pictures. On a CPU: at 28 pixels, MNIST, one seed, width 32
# stood after 80 seconds where 16 did (Frechet 8.3 and 8.5) with fewer images seen. The other widths were not compared.
WIDTHS_ON_CPU = {20: 48, 40: 32, 10_000: 16}
WIDTHS_ELSEWHERE = {40: 128, 10_000: 64}
FINE = 0.03  # grain below which structure is fine
GRAIN_WEIGHT = 0.25  # of the penalties on points at the end, times the square of the grain


def choose(
    count: int, size: tuple[int, ...], classes: int, device: str, grain: float = 1.0
) -> tuple[Recipe, list[str]]:
    """A recipe for so many samples of ``size``, (h, w) or (d,) for points, on this kind of device, and the reasons.

    ``grain`` is how fine the structure of points is (that of the survey).
    It is without labels; where the data has ``classes`` that are worth it, a reason names the option that uses them.
    """
    recipe, reasons = _for_shape(count, size, device, grain)
    if 2 <= classes <= MOST_CLASSES and count >= classes * FEWEST_OF_A_CLASS:
        reasons.append(f"no labels, although {classes} classes were found; --labels trains with them")
    return recipe, reasons


def every() -> tuple[Recipe, ...]:
    """One of each kind that ``choose`` knows: for points, for tiny pictures, for few and for many larger ones."""
    asked = ((FEW, (2,)), (FEW, (TINY, TINY)), (FEW - 1, (2 * TINY, 2 * TINY)), (FEW, (2 * TINY, 2 * TINY)))
    return tuple(choose(count, size, 0, "cpu")[0] for count, size in asked)


def _for_shape(count: int, size: tuple[int, ...], device: str, grain: float) -> tuple[Recipe, list[str]]:
    if len(size) == 1:
        fine = f"its finest structure is about {grain:.2g} of its spread, which decides the penalties"
        return _points(grain), [f"{GAME} on dense networks, because the data is points", fine]
    if max(size) <= TINY:
        return _tiny(), [f"{GAME} on dense networks, because {size[0]}x{size[1]} pixels are few"]
    width = _width(max(size), device)
    recipe = _pictures(width)
    reasons = [f"{GAME} on DCGAN networks of width {width}, for this size on this device ({device})"]
    if count < FEW:
        recipe = replace(recipe, augment=DiffAugment(("translation", "cutout")), augment_probability=0.3)
        reasons.append(f"augmentation of what the critic sees, because fewer than {FEW:,} pictures are few")
    return recipe, reasons


def size(found: tuple[int, ...], device: str) -> tuple[int, ...]:
    """The size to train at where the user names none: the pictures' own, or what the device can do."""
    return within(LARGEST_ON_CPU if device == "cpu" else LARGEST_ELSEWHERE, found)


def within(largest: int, found: tuple[int, ...]) -> tuple[int, ...]:
    """The size itself, or the one of the same shape whose longer side is the largest that is wanted."""
    if max(found) <= largest:
        return found
    return tuple(max(1, round(side * largest / max(found))) for side in found)


def _width(side: int, device: str) -> int:
    widths = WIDTHS_ON_CPU if device == "cpu" else WIDTHS_ELSEWHERE
    if side > max(widths):
        raise RecipeError(f"the size is {side:,} pixels a side; auto goes up to {max(widths):,}: type a smaller --size")
    return next(width for largest, width in widths.items() if side <= largest)


def _game() -> TwoPlayer:
    weight = Cosine(1, 0.1, share=0.2)
    return TwoPlayer(RelativisticPair(), penalties=(R1(weight), R2(weight)))


def _pictures(width: int) -> Recipe:
    return Recipe(
        name="auto",
        about="The relativistic game of R3GAN on plain convolutions.",
        game=_game(),
        networks={
            "generator": dcgan.Generator(latent=64, width=width),
            "critic": dcgan.Critic(width=width, normalization="none"),
        },
        batch_size=64,
        images=1_000_000,
        learning_rate=Cosine(4e-3, 1e-3, share=0.8),
        beta1=0.0,
        beta2=Cosine(0.9, 0.99, share=0.2),
        ema_half_life_images=Cosine(0, 50_000, share=0.2),
    )


def _tiny() -> Recipe:
    return replace(
        _pictures(width=16),
        about="The relativistic game of R3GAN on dense networks, for tiny pictures.",
        networks={
            "generator": mlp.Generator(latent=64, hidden=(256, 256, 256), output="tanh"),
            "critic": mlp.Critic(hidden=(256, 256, 256)),
        },
        learning_rate=Cosine(1e-3, 2e-4, share=0.8),
    )


def _points(grain: float) -> Recipe:
    # The finer a structure, the steeper the critic that tells it apart, and R1 and R2 charge for the square of that. A
    # weight that falls from coarse to fine lets the modes be found first and their shapes after.
    weight = Exponential(0.3, min(0.3, GRAIN_WEIGHT * grain**2), share=0.9)
    return Recipe(
        name="auto",
        about="The relativistic game of R3GAN on dense networks, for points.",
        game=TwoPlayer(RelativisticPair(), penalties=(R1(weight), R2(weight))),
        networks={
            "generator": mlp.Generator(latent=12, hidden=(128, 128, 128), output="linear", signs=8),
            "critic": mlp.Critic(hidden=(128, 128, 128), waves=64),
        },
        batch_size=256,
        images=2_000_000,
        # While the generator's steps are large its modes wander about their places, and as the critic sees them over
        # many steps, the wandering counts as width: each single state is then too narrow. So it comes to rest early,
        # under a critic that still moves, and has the rest of the run for the shapes. What is finer comes apart later.
        learning_rate=Cosine(1e-3, 2e-6, share=0.65 if grain > FINE else 0.8),
        critic_learning_rate=Cosine(1e-3, 1e-4, share=1.0),
        beta1=0.0,
        beta2=Cosine(0.9, 0.99, share=0.2),
        # Near the equilibrium of so small a game the critic's gradients vanish, and Adam would blow their noise up to
        # full steps, until a burst of them costs a mode.
        critic_epsilon=3e-4,
        ema_half_life_images=Cosine(0, 20_000, share=0.2),
    )
