"""The rungs as data: what is trained on, by whom, for how long, how it is counted, and what others have published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mulligan import recipes
from mulligan.errors import DataError, RecipeError, nearest

TOY = "toy:"
STACKED = "stacked:"


@dataclass(frozen=True)
class Entrant:
    """Who climbs: a recipe, with the ``settings`` that make another game of it."""

    name: str
    recipe: str = recipes.AUTO
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A number of the literature; ``read``: in its source, not in somebody else's table."""

    says: str
    read: bool = True


@dataclass(frozen=True)
class Rung:
    """One data set of a rung with all that is equal for everybody on it.

    ``seconds`` are of CPU time on one thread, or ``images`` bound a run instead. ``measures`` are asked for by
    extractor. ``least`` is the share of all samples that a mode of points needs in order to count.
    """

    number: int
    data: str  # a built-in name, or a folder of the data folder
    entrants: tuple[Entrant, ...]
    seeds: int
    seconds: float | None
    measures: tuple[tuple[str, tuple[str, ...]], ...]
    rule: str
    goal: str
    published: tuple[Published, ...]
    caution: str = ""  # why they are not to be put beside ours
    least: float = 0.0
    samples: int = 10_000
    images: int | None = None

    @property
    def name(self) -> str:
        """Its folder."""
        return self.data.replace(":", "-")

    @property
    def is_points(self) -> bool:
        """Whether its data is made from a formula."""
        return self.data.startswith(TOY)

    def place(self, folder: str | None) -> str:
        """The data as one types it; DataError where the folder of pictures is needed and not named."""
        if self.is_points:
            return self.data
        if folder is None:
            raise DataError(
                f"rung {self.number} needs {self.data.removeprefix(STACKED)}; name the folder that holds mnist/ and "
                "fashion-mnist/: --data FOLDER, or type --rungs 1,2"
            )
        inside = f"{folder.rstrip('/')}/{self.data.removeprefix(STACKED)}"
        return STACKED + inside if self.data.startswith(STACKED) else inside


def _game(name: str, *settings: str) -> Entrant:
    """The default's networks, optimizer and schedules with a classic game in place of its own."""
    return Entrant(name, settings=tuple(f"game.{setting}" for setting in settings))


# Critic turns, clipping and weights are those of the papers, or of the toy experiments in them.
GAMES = (
    Entrant(recipes.AUTO),
    _game("nonsaturating", "objective=nonsaturating", "penalties=none"),
    _game("nonsaturating-r1", "objective=nonsaturating", "penalties=r1"),
    _game("least-squares", "objective=least_squares", "penalties=none"),
    _game("hinge", "objective=hinge", "penalties=none"),
    _game("wgan", "objective=wasserstein", "objective.weight_clip=0.01", "penalties=none", "critic_turns=5"),
    _game("wgan-gp", "objective=wasserstein", "penalties=gradient_penalty", "critic_turns=5"),
)

RECIPES = tuple(Entrant(name, name) for name in (recipes.AUTO, "dcgan", "wgan-gp", "lsgan", "wgan", "dense"))
BEST_RECIPES = tuple(Entrant(name, name) for name in (recipes.AUTO, "dcgan", "lsgan"))

GOOD = "good: within 3 standard deviations of a mode, as 98.89 % of a perfect sampler's are"
OF_PICTURES = ("frechet", "kernel", "precision_recall", "label_shares")
SECOND = ("random_conv", ("frechet",))  # an extractor that has nothing to do with the first

RING = Rung(
    number=1,
    data="toy:ring",
    entrants=GAMES,
    seeds=5,
    seconds=105.0,
    measures=(("auto", ("modes",)),),
    least=0.01,
    rule=f"a mode counts with good samples that are 1 % of all or more; {GOOD}",
    goal="8 of 8 on 5 of 5 seeds, variation below .07, 90 to 99.3 % good, under 2 CPU-minutes a seed",
    published=(
        Published("non-saturating GAN 6.8 of 8, variation .183"),
        Published("critic of paired inputs 8 of 8, variation .069 after 50,000 updates"),
    ),
)
GRID = replace(
    RING,
    data="toy:grid",
    rule=f"a mode counts with good samples that are a quarter of its fair share, 1 % of all, or more; {GOOD}",
    goal="25 of 25 on 5 of 5 seeds, variation below .2, 90 to 99.3 % good, under 2 CPU-minutes a seed",
    published=(Published("PacGAN2 24.6 of 25, variation .216"),),
)
GRID10 = replace(
    RING,
    number=2,
    data="toy:grid10",
    seconds=240.0,
    least=0.0025,
    rule=f"a mode counts with good samples that are a quarter of its fair share, .25 % of all, or more; {GOOD}",
    goal="99 of 100 or more and 90 % good on 5 of 5 seeds",
    published=(Published("100 of 100, 98.9 % good after 7,000 updates, one seed"),),
)
MNIST = Rung(
    number=3,
    data="mnist",
    entrants=RECIPES,
    seeds=3,
    seconds=360.0,
    measures=(("classifier-mnist", OF_PICTURES), SECOND),
    rule="last checkpoint; label variation: total variation of the shares of the digits from those of the data",
    goal="the default ahead of every classic recipe on both extractors, with all ten digits on every seed",
    published=(
        Published("Inception, best of a large search: WGAN 6.7, non-saturating 6.8, minimax 9.8", read=False),
        Published("variation of the digits .126 at best, and several GANs lose digits late"),
    ),
    caution="the published distances are on Inception features, and so not to be held against these",
)
FASHION = replace(
    MNIST,
    number=4,
    data="fashion-mnist",
    entrants=BEST_RECIPES,
    measures=(("classifier-fashion-mnist", OF_PICTURES), SECOND),
    rule="last checkpoint; label variation: total variation of the shares of the classes from those of the data",
    goal="the default ahead of the classic recipes on both extractors",
    published=(
        Published("Inception: WGAN 21.5, BEGAN 22.9, non-saturating 26.5, default settings at best 32", read=False),
    ),
)
STACKED_MNIST = replace(
    MNIST,
    number=5,
    data="stacked:mnist",
    entrants=BEST_RECIPES,
    measures=(("classifier-mnist-stacked", ("mode_kl", "frechet")), SECOND),
    samples=25_600,
    rule="last checkpoint; a mode is seen when one of the samples is of its class; divergence from the data in nats",
    goal="1,000 modes and a divergence below .029",
    published=(
        Published("DCGAN 99 modes and 3.40, WGAN-GP 959 and .73, PacGAN 992 and .28"),
        Published("small networks with the relativistic pair, R1 and R2 1,000 and .078; full R3GAN 1,000 and .029"),
    ),
    caution="each publication has its own classifier of digits, on which the divergence depends",
)
RUNGS = (RING, GRID, GRID10, MNIST, FASHION, STACKED_MNIST)


def choose(
    numbers: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    seeds: int | None = None,
    seconds: float | None = None,
) -> list[Rung]:
    """The rungs of these numbers with these recipes alone, for so many seeds and so long; RecipeError for no such one.

    Rungs of pictures take any published recipe, rungs of points the games that are played on the default's networks.
    """
    known = {rung.number for rung in RUNGS}
    if unknown := [number for number in numbers or () if number not in known]:
        raise RecipeError(f"there is no rung {unknown[0]}; expected some of {', '.join(map(str, sorted(known)))}")
    chosen = [rung for rung in RUNGS if numbers is None or rung.number in numbers]
    changes: dict[str, Any] = {
        name: value for name, value in {"seeds": seeds, "seconds": seconds}.items() if value is not None
    }
    rungs = [replace(rung, entrants=_named(rung, names), **changes) for rung in chosen]
    everybody = {name for rung in chosen for name in _possible(rung)}
    for name in names or ():
        if name not in everybody:
            hint = nearest(name, everybody) or f" There are {', '.join(sorted(everybody))}."
            raise RecipeError(f"nobody on these rungs is called {name!r}.{hint}")
    return [rung for rung in rungs if rung.entrants]


def _named(rung: Rung, names: Sequence[str] | None) -> tuple[Entrant, ...]:
    possible = _possible(rung)
    return rung.entrants if names is None else tuple(possible[name] for name in names if name in possible)


def _possible(rung: Rung) -> dict[str, Entrant]:
    published = () if rung.is_points else tuple(Entrant(name, name) for name in recipes.names())
    return {entrant.name: entrant for entrant in (*published, *rung.entrants)}
