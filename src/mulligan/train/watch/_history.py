"""All that the watch knows of a run: the ticks and scores of its log, newest last."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Event = Mapping[str, Any]
FURTHEST = 1000.0  # times a number that is changed at once, where the evidence says how far

_FEWEST_STEPS = 4  # after which there may be something to say of what was learned
_OFF_SHIFT, _OFF_SPREAD = 0.3, 0.2  # in deviations of the data
_OFF_ALWAYS = 0.8  # of the ticks
_USUAL_ODDS = 0.1  # of the penalties beside all else that the critic minimizes
_HOLD_TO_ONE = ("gradient_penalty", "dragan")  # as far as is known of logs that do not say it


def rate_of(role: str) -> str:
    """The learning rate of a network."""
    return "critic_learning_rate" if role == "critic" else "learning_rate"


@dataclass(frozen=True)
class Setting:
    """What is known of a run before its first tick.

    ``penalties`` are the dotted names of the weights of its penalties; ``class_shares`` those of the data;
    ``typical_weights`` the median size of each network's weights; ``data`` signals of the reals themselves; ``first``
    those of the networks before their first step. ``lacks_penalty``: the objective needs one, and there is none.
    ``slopes`` are those that the penalties hold the critic to; 0 for as flat as can be. ``rising``: learning
    rates that rise at first, as planned, at each percent of the budget.
    """

    budget_images: int
    images_per_step: int = 1
    samples: int = 0  # of the training data
    penalties: tuple[str, ...] = ()
    class_shares: tuple[float, ...] = ()
    augments: bool = False  # with a probability that a remedy may raise
    has_labels: bool = False  # whether the networks are told labels
    typical_weights: Mapping[str, float] = field(default_factory=dict)
    data: Mapping[str, float] = field(default_factory=dict)
    first: Mapping[str, float] = field(default_factory=dict)
    lacks_penalty: bool = False
    slopes: tuple[float, ...] = ()
    rising: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def flattening(self) -> tuple[str, ...]:
        """The penalties that make the critic as flat as can be."""
        return tuple(name for name in self.penalties if name not in self.holding)

    @property
    def holding(self) -> dict[str, float]:
        """The penalties that hold the critic to a slope, and to which one."""
        return {name: slope for name, slope in zip(self.penalties, self.slopes, strict=False) if slope > 0}

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Setting":
        """The setting that a log begins with; of an older log that has none, nothing is known."""
        found: Mapping[str, Any] = next((event["setting"] for event in events if "setting" in event), {})
        slopes = tuple(float(name.split(".")[-2] in _HOLD_TO_ONE) for name in found.get("penalties", ()))
        known: dict[str, Any] = {name: found[name] for name in found if name in cls.__dataclass_fields__}
        return cls(**{"budget_images": 0, "slopes": slopes, **known})


@dataclass
class History:
    """Signals, terms and scores over time."""

    setting: Setting
    ticks: list[Event] = field(default_factory=list)
    scores: list[Event] = field(default_factory=list)

    @property
    def images(self) -> int:
        """Images seen at the newest tick."""
        return int(self.ticks[-1]["images"]) if self.ticks else 0

    @property
    def has_begun(self) -> bool:
        """Whether there were steps enough to learn anything."""
        return self.images >= _FEWEST_STEPS * self.setting.images_per_step

    @property
    def share(self) -> float:
        """How much of the budget in images is used."""
        return self.images / max(self.setting.budget_images, 1)

    def signal(self, name: str) -> float:
        """A signal of the newest tick; NaN where it was not measured, which compares as false with all bounds."""
        return self._at(self.ticks[-1], name) if self.ticks else math.nan

    def signals(self, name: str, count: int | None = None) -> list[float]:
        """A signal over the newest ``count`` ticks, or all, as far as it was measured."""
        ticks = self.ticks if count is None else self.ticks[-count:]
        return [value for tick in ticks if math.isfinite(value := self._at(tick, name))]

    def median(self, name: str, count: int) -> float:
        """The median of a signal over the newest ``count`` ticks; NaN before there are so many."""
        values = self.signals(name, count)
        return statistics.median(values) if len(values) == count else math.nan

    def number(self, name: str) -> float:
        """A number of the recipe as it was at the newest tick."""
        return float(self.ticks[-1].get("numbers", {}).get(name, math.nan)) if self.ticks else math.nan

    def heavier(self, factor: float) -> str:
        """What to change for penalties of so many times their weight, or for one where there is none."""
        words = [f"--set {name}=..." for name in self.setting.penalties if self.number(name) > 0]
        if not words:
            return "add a penalty where the recipe has none: --set game.penalties=r1"
        return f"give the penalties {factor:g} times the weight, of a schedule at both ends ({' '.join(words)})"

    def relative_rate(self, role: str) -> float:
        """The learning rate beside the weights that the run began with: Adam moves each one so much at a step."""
        typical = self.setting.typical_weights.get(role, 0.0)
        return self.number(rate_of(role)) / typical if typical else math.nan

    def relative_rates(self) -> dict[str, float]:
        """The same by the name of the rate."""
        known = [role for role in self.setting.typical_weights if role in ("generator", "critic")]
        return {rate_of(role): self.relative_rate(role) for role in known}

    def rise(self, name: str) -> float:
        """By which factor a learning rate still rises; 1 where it never will."""
        planned = self.setting.rising.get(name)
        if planned is None:
            return 1.0
        left = planned[min(int(100 * self.share), 100) :]
        return max(left) / left[0] if left[0] > 0 else math.inf

    @property
    def waiting(self) -> float:
        """The share of the time since the tick before that went to waiting for data."""
        return float(self.ticks[-1].get("waiting", 0.0)) if self.ticks else 0.0

    def share_of_penalties(self, count: int = 1) -> float:
        """How much of what the critic minimizes goes for its slope, by size, as the median of the newest ticks."""
        return statistics.median([self._penalties_of(tick) for tick in self.ticks[-count:]] or [0.0])

    def _penalties_of(self, tick: Event) -> float:
        names = {f"critic/{weight.split('.')[-2]}" for weight in self.setting.flattening}
        terms = tick.get("terms", {})
        sizes = {name: abs(float(value)) for name, value in terms.items() if name.startswith("critic/")}
        return sum(size for name, size in sizes.items() if name in names) / (sum(sizes.values()) or 1.0)

    def fitting_penalties(self, over: int = 3) -> float:
        """The factor for the flattening penalties' weights that would bring them to their usual part of the whole.

        As R1 charges for the square of the critic's steepness, and that moves with the weight, the present part alone
        says too little: what counts is the part that they would have were the critic as steep as before its first step.
        """
        growth = statistics.median(self.growths("critic/reach", over) or [1.0])
        share = self.share_of_penalties(over)
        odds = share / max(1 - share, 1 / FURTHEST)
        if not odds:
            return FURTHEST if growth > 1 else 1 / FURTHEST
        return min(max(_USUAL_ODDS * growth**2 / odds, 1 / FURTHEST), FURTHEST)

    @property
    def samples_are_off(self) -> bool:
        """Whether mean or spread of the samples are plainly not the data's: else a flat critic is the equilibrium."""
        return bool(self.ticks) and self._is_off(self.ticks[-1])

    @property
    def samples_stay_off(self) -> bool:
        """Whether they are, and nearly always were: samples that came right before had a critic to learn from."""
        return self.samples_are_off and statistics.fmean(map(self._is_off, self.ticks)) > _OFF_ALWAYS

    def _is_off(self, tick: Event) -> bool:
        shift, spread = self._at(tick, "samples/shift"), self._at(tick, "samples/spread")
        return shift > _OFF_SHIFT or abs(spread - 1) > _OFF_SPREAD

    def growth(self, name: str) -> float:
        """A signal of the newest tick over what it was before the first step; NaN where that is not known."""
        growths = self.growths(name, 1)
        return growths[0] if growths else math.nan

    def growths(self, name: str, count: int | None = None) -> list[float]:
        """The same of the newest ``count`` ticks, or of all, as far as it was measured."""
        first = self.setting.first.get(name, 0.0)
        return [value / first for value in self.signals(name, count)] if first > 0 else []

    def scored(self, measure: str) -> list[float]:
        """The values of one measure, oldest first."""
        return [
            float(score["value"]) for event in self.scores for score in event["scores"] if score["measure"] == measure
        ]

    def progress(self, measure: str, over: int = 4) -> float:
        """By which share a measure fell over its newest scores; NaN where there are fewer than two."""
        values = self.scored(measure)[-over:]
        return 1 - values[-1] / values[0] if len(values) > 1 and values[0] > 0 else math.nan

    def intervals(self, measure: str) -> list[tuple[float, float]]:
        """The intervals of one measure, oldest first; a value without one is its own."""
        return [
            (float(score.get("low", score["value"])), float(score.get("high", score["value"])))
            for event in self.scores
            for score in event["scores"]
            if score["measure"] == measure
        ]

    @staticmethod
    def _at(tick: Event, name: str) -> float:
        found = tick.get("signals", {}).get(name, tick.get("terms", {}).get(name))
        return math.nan if found is None else float(found)
