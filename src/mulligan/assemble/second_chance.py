"""The mulligan: back to the last healthy checkpoint, a number or two changed, and on; so many times and no more."""

import math
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mulligan.assemble.standing import Standing
from mulligan.augment.diffaug import DiffAugment
from mulligan.errors import DivergedError, RecipeError, TrainingError, nearest
from mulligan.recipe import Recipe
from mulligan.train.watch import SEVERE, Finding, History
from mulligan.train.watch.illnesses.not_finite import NotFinite

WARN, ACT, OFF = WATCHES = ("warn", "act", "off")
WATCH = WARN  # where the user says nothing
MULLIGANS = 3
Rebuild = Callable[[Mapping[str, Any]], Any]  # tensors of a checkpoint -> the step that goes on from it

AUGMENTATION = "augment_probability"
_QUIET_TICKS = 3  # without anything severe in sight, until a checkpoint counts as healthy


def refuse_unknown(watch: str | None, mulligans: int | None) -> None:
    """RecipeError for a wish that means nothing; None means that nothing was said."""
    if watch is not None and watch not in WATCHES:
        raise RecipeError(f"watch is {watch!r}; expected one of {', '.join(WATCHES)}.{nearest(watch, WATCHES)}")
    if mulligans is not None and mulligans < 0:
        raise RecipeError(f"mulligans is {mulligans}; expected a whole number of 0 or more")


def able_to_act(recipe: Recipe, shape: tuple[int, ...], words: Iterable[str]) -> Recipe:
    """The recipe with augmentation at hand, of probability 0 until a remedy raises it, where pictures have none.

    Not where the user's ``words`` (``name=value``) say something of it, and not for a game, an objective or a penalty
    of the user's own, which may look at samples in ways that augmentation does not know.
    """
    game = recipe.game
    parts = (game, getattr(game, "objective", game), *getattr(game, "penalties", ()))
    is_ours = all(type(part).__module__.startswith("mulligan.") for part in parts)
    is_said = any(word.strip().startswith("augment") for word in words)
    if recipe.augment is not None or len(shape) != 3 or is_said or not is_ours:
        return recipe
    return replace(recipe, augment=DiffAugment(), augment_probability=0.0)


def after_factor(name: str, number: float, factor: float) -> float:
    """A number with a remedy's factor; of augmentation it divides the share that each operation leaves as it is."""
    return 1 - (1 - number) / factor if name == AUGMENTATION else number * factor


class Trouble(Exception):  # noqa: N818 -- no error: the way out of the loop, to a second chance
    """A severe finding that something can be done about."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(frozen=True)
class Passing:
    """Factors that hold until so many images and are gone at so many, halfway between halfway, as powers."""

    factors: dict[str, float]
    until: int
    gone_at: int

    def factors_at(self, images: int) -> dict[str, float]:
        """What is left of them."""
        left = (self.gone_at - images) / (self.gone_at - self.until)
        return {name: factor ** min(max(left, 0.0), 1.0) for name, factor in self.factors.items()}

    def without(self, names: Container[str]) -> "Passing":
        """The same for all other numbers."""
        return replace(self, factors={name: factor for name, factor in self.factors.items() if name not in names})


@dataclass
class SecondChance:
    """What was changed so far and where there is a way back to; part of the state that a checkpoint keeps.

    ``factors`` are those of the recipe's numbers, by dotted names, and ``passing`` such that are for a while; ``taken``
    says of each mulligan where it went back to, why, and what it changed. ``healthy`` is the checkpoint to go back to,
    ``hopeful`` the one that may be next.
    """

    factors: dict[str, float] = field(default_factory=dict)
    passing: list[Passing] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    healthy: int = 0
    hopeful: int | None = None
    quiet_ticks: int = 0

    def changed(self, numbers: Mapping[str, float], images: int) -> dict[str, float]:
        """The numbers after so many images with what was changed."""
        changed = dict(numbers)
        for factors in (self.factors, *(change.factors_at(images) for change in self.passing)):
            known = {name: factor for name, factor in factors.items() if name in numbers}
            changed |= {name: after_factor(name, changed[name], factor) for name, factor in known.items()}
        return changed

    def after_tick(self, images: int, is_suspicious: bool) -> None:
        """Note that the run was, or was not, without anything severe at this tick, after which it is saved."""
        if is_suspicious:
            self.hopeful, self.quiet_ticks = None, 0
        elif self.hopeful is None:
            self.hopeful, self.quiet_ticks = images, 0
        else:
            self.quiet_ticks += 1
            if self.quiet_ticks >= _QUIET_TICKS:
                self.healthy, self.hopeful, self.quiet_ticks = self.hopeful, images, 0

    @property
    def kept(self) -> tuple[int, ...]:
        """The checkpoints, by images, that must stay."""
        return (self.healthy,) if self.hopeful is None else (self.healthy, self.hopeful)

    def take(self, finding: Finding, numbers: Mapping[str, float], back_to: int) -> dict[str, Any]:
        """The event of one more mulligan; what a finding would change and the recipe does not have is left aside."""
        changes = {name: factor for name, factor in finding.remedy.items() if name in numbers}
        event = {
            "event": "mulligan",
            "images": back_to,
            "number": len(self.taken) + 1,
            "illness": finding.illness,
            "found_at": finding.images,
            "evidence": dict(finding.evidence),  # the log leaves the finding itself behind
            "explanation": finding.explanation,
            "changes": changes,
        }
        if AUGMENTATION in changes:  # whose factor says little by itself
            event["becomes"] = {AUGMENTATION: after_factor(AUGMENTATION, numbers[AUGMENTATION], changes[AUGMENTATION])}
        if finding.may_pass and back_to and finding.illness not in [before["illness"] for before in self.taken]:
            # For as long again as it took to fall ill, and then back to the old numbers over as long a while.
            way = max(finding.images - back_to, 1)
            self.passing.append(Passing(changes, finding.images + way, finding.images + 2 * way))
            event["until"] = self.passing[-1].gone_at
        else:
            self._change_for_good(changes, finding.images)
        self.healthy, self.hopeful, self.quiet_ticks = back_to, None, 0
        # Where they stand in the log, which ends there now.
        self.taken = [event | {"images": min(event["images"], back_to)} for event in self.taken]
        self.taken.append(event)
        return event

    def _change_for_good(self, changes: Mapping[str, float], images: int) -> None:
        """Times what the numbers were where the illness was found, of which what is for a while becomes a part."""
        for name, factor in changes.items():
            left = [change.factors_at(images).get(name, 1.0) for change in self.passing]
            self.factors[name] = self.factors.get(name, 1.0) * factor * math.prod(left)
        left_over = (change.without(changes) for change in self.passing)
        self.passing = [change for change in left_over if change.factors]

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SecondChance":
        """What `to_json` gave; a state of before there was something like ``passing`` has none."""
        return cls(**{**data, "passing": [Passing(**change) for change in data.get("passing", ())]})


def finding_of(error: DivergedError, history: History, images: int) -> Finding:
    """The finding for numbers that are not finite; the error's own words are part of it."""
    found = error.found[:1].upper() + error.found[1:]
    finding = NotFinite().finding(history, {}, images)
    return replace(finding, images=images, explanation=f"{found}. {finding.explanation}")


def calls_for_action(finding: Finding) -> bool:
    """Whether a mulligan may help."""
    return finding.severity == SEVERE and bool(finding.remedy)


def changes_something(finding: Finding, numbers: Mapping[str, float]) -> bool:
    """Whether the remedy moves any number: factors of what is not there, or is 0, do not."""
    known = {name: factor for name, factor in finding.remedy.items() if name in numbers}
    return any(after_factor(name, numbers[name], factor) != numbers[name] for name, factor in known.items())


def gave_up(finding: Finding, taken: int, standing: Standing, *, has_time: bool) -> TrainingError:
    """The sentence for a run that fell ill once more than it had mulligans, or had the time to go back."""
    often = "with no mulligan to take" if not taken else f"again after {taken} mulligan{'s' if taken > 1 else ''}"
    often = often if has_time else "with no time left to go back"
    best = f"best.safetensors, after {standing.best_images:,} images, is kept"
    kept = best if standing.best is not None else "the last checkpoint is kept"
    return TrainingError(f"the run gave up: {finding.illness} {often} ({kept}); {finding.advice}")
