"""What the benchmark of the watch injects, into whom, and what should be said of it.

The cases and what is severe among them were listed before the runs that docs/watch.md counts. First runs of one seed
had led to other data for one recipe, to a longer budget for points, and to injections that multiply whole schedules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SICK = Path(__file__).with_name("_sick_recipe.py")
HELD_OUT_SUBJECTS = ("lsgan-fashion",)
HELD_OUT_CASES = ("tiny-data", "wrong-range", "shuffled-labels")


@dataclass(frozen=True)
class Subject:
    """A recipe on data: words for the command line, its budget, and the numbers that cases change."""

    name: str
    data: str  # a built-in name, or a folder of the data folder
    recipe: tuple[str, ...]
    images: int
    rate: float
    penalties: tuple[tuple[str, float, float], ...] = ()  # name, weight at the start and at the end
    learns_labels: bool = False
    schedules: tuple[tuple[str, float, float, str], ...] = ()  # a rate's name, its start, its end, its share
    only: tuple[str, ...] | None = None  # the cases that it is for, where it is not for all that suit it


NARROW = ("--set", "networks.generator.width=16", "--set", "networks.critic.width=16")
BOTH = (("r1", 1.0, 0.1), ("r2", 1.0, 0.1))
SUBJECTS = (
    Subject(
        *("auto-digits", "digits", ("--recipe", "auto"), 24_000, 1e-3, BOTH),
        learns_labels=True,
        schedules=(("learning_rate", 1e-3, 2e-4, "80%"),),
    ),
    Subject(
        *("auto-ring", "toy:ring", ("--recipe", "auto"), 256_000, 1e-3, (("r1", 0.3, 0.0012), ("r2", 0.3, 0.0012))),
        schedules=(("learning_rate", 1e-3, 2e-6, "65%"), ("critic_learning_rate", 1e-3, 1e-4, "100%")),
    ),
    Subject("auto-mnist", "mnist", ("--recipe", "auto"), 12_800, 4e-3, only=()),
    Subject("dcgan-digits", "digits", ("--recipe", "dcgan"), 48_000, 2e-4, learns_labels=True),
    Subject(
        *("dense-digits", "digits", ("--recipe", "dense", "--set", "game.penalties=r1"), 24_000, 2e-4),
        penalties=(("r1", 1.0, 1.0),),
        learns_labels=True,
    ),
    Subject("lsgan-fashion", "fashion-mnist", ("--recipe", "lsgan", *NARROW), 12_800, 2e-4, learns_labels=True),
    Subject("dense-long", "digits", ("--recipe", "dense"), 128_000, 2e-4, only=("over-fitting",)),
    Subject(
        *("hinge-long", "digits", ("--recipe", "dense", "--set", "game.objective=hinge"), 128_000, 2e-4),
        only=("over-fitting",),
    ),
)


@dataclass(frozen=True)
class Case:
    """An illness: how it is injected, its right names, and whether a second chance may help (it is then severe)."""

    name: str
    right: tuple[str, ...]
    words: Callable[[Subject], tuple[str, ...]] | None = None  # none: built into the generator
    data: str = ""  # how it is spoilt; the quality of a severe case is then its distance to the whole
    severe: bool = False
    passes: bool = False  # it happens once, and a state from before it is healthy
    suits: Callable[[Subject], bool] = lambda subject: True

    def fits(self, subject: Subject) -> bool:
        """Whether it can be injected there, and is meant to."""
        if subject.only is not None:
            return self is HEALTHY or self.name in subject.only
        return self is HEALTHY or self.suits(subject)

    def is_held_out(self, subject: Subject) -> bool:
        """Whether no threshold was chosen by it."""
        return self.name in HELD_OUT_CASES or subject.name in HELD_OUT_SUBJECTS


def _set(**numbers: float) -> tuple[str, ...]:
    return tuple(word for name, value in numbers.items() for word in ("--set", f"{name}={value:g}"))


def _rate(factor: float) -> Callable[[Subject], tuple[str, ...]]:
    """Both networks' rates, as they go over the run, times a factor."""

    def words(subject: Subject) -> Iterator[str]:
        for name, start, end, share in subject.schedules:
            yield from ("--set", f"{name}=cosine({start * factor:g},{end * factor:g},{share})")

    return lambda subject: tuple(words(subject)) or _set(learning_rate=subject.rate * factor)


def _penalty(factor: float) -> Callable[[Subject], tuple[str, ...]]:
    def words(subject: Subject) -> Iterator[str]:
        for name, start, end in subject.penalties:
            yield from ("--set", f"game.penalties.{name}.weight=exponential({start * factor:g},{end * factor:g},90%)")

    return lambda subject: tuple(words(subject))


def _has_penalties(subject: Subject) -> bool:
    return bool(subject.penalties)


def _is_pictures(subject: Subject) -> bool:
    return not subject.data.startswith("toy:")


HEALTHY = Case("healthy", (), lambda subject: ())
CASES = (
    Case("rate-x100", ("learning-rate-too-high",), _rate(100), severe=True),
    Case("rate-/1000", ("learning-rate-too-low",), _rate(1e-3), severe=True),
    Case("penalty-x1000", ("penalty-too-strong",), _penalty(1000), severe=True, suits=_has_penalties),
    Case("penalty-/1000", ("penalty-too-weak",), _penalty(1e-3), severe=True, suits=_has_penalties),
    Case(
        *("no-penalty", ("penalty-too-weak",), lambda subject: ("--set", "game.penalties=none")),
        suits=lambda subject: subject.name.startswith("auto"),
    ),
    Case("frozen-critic", ("frozen-network",), lambda subject: _set(critic_learning_rate=0)),
    Case(
        *("frozen-generator", ("frozen-network",)),
        lambda subject: _set(learning_rate=0, critic_learning_rate=subject.rate),
    ),
    Case(
        *("strong-critic", ("critic-too-strong",)),
        lambda s: ("--set", "game.critic_turns=5", *_set(learning_rate=s.rate / 30, critic_learning_rate=s.rate)),
    ),
    Case("not-finite", ("not-finite",), severe=True, passes=True),
    Case("sudden-collapse", ("collapse",), severe=True, passes=True),
    Case(
        *("over-fitting", ("critic-overfitting",), lambda s: (), "few"),
        severe=True,
        suits=lambda subject: False,  # apart from those that have the time for it
    ),
    Case("dead", ("dead-generator",)),
    Case("saturated", ("saturated-outputs",), suits=_is_pictures),
    Case("constant", ("collapse",)),
    Case("three-modes", ("partial-collapse",)),
    Case("tiny-data", ("few-data", "critic-overfitting"), lambda s: (), "tiny", suits=_is_pictures),
    Case("one-class", ("imbalanced-labels",), lambda s: (), "one-class", suits=lambda s: s.learns_labels),
    Case("wrong-range", ("wrong-range",), lambda s: (), "dark", suits=_is_pictures),
    Case("constant-batch", ("repeated-data",), lambda s: (), "repeated", suits=_is_pictures),
    Case(
        *("shuffled-labels", ("shuffled-labels",), lambda s: ("--labels",), "shuffled"),
        suits=lambda s: s.learns_labels,
    ),
)
