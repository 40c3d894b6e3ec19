"""What was found of each framework, and the settings under which it was."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mulligan.apps.compare_frameworks._install import Installed
from mulligan.apps.compare_frameworks._windows import Middle, Pair, speeds
from mulligan.errors import RecipeError
from mulligan.metrics import Score
from mulligan.twins import FRAMEWORKS

PAIR = tuple(FRAMEWORKS)  # in this order everywhere; speeds and sizes are those of the second over the first
SECONDS = 60.0  # of training, both together
SAMPLES = 2_000
STEPS = 20  # that are held against one another term by term
WARM_STEPS = 10  # more, before a clock is looked at
FEWEST_PAIRS = 6  # of windows: fewer give no interval
FEWEST_STEPS = STEPS + WARM_STEPS + FEWEST_PAIRS + 1


@dataclass(frozen=True)
class Asked:
    """What was asked for; ``images`` for each framework, or ``seconds`` of training for all together."""

    recipe: str
    data: str
    seconds: float | None = None
    images: int | None = None
    seed: int = 0
    settings: tuple[str, ...] = ()
    samples: int = SAMPLES
    threads: int = 1
    device: str = "auto"
    float64: bool = True

    def __post_init__(self) -> None:
        if self.seconds is not None and self.images is not None:
            raise RecipeError("a time and a number of images were named; type --time or --images, and leave one out")

    @property
    def options(self) -> dict[str, Any]:
        """Those of a training."""
        return {"recipe": self.recipe, "seed": self.seed, "set": self.settings, "device": self.device}


@dataclass
class Found:
    """All that was measured, by the framework's name."""

    asked: Asked
    machine: str
    date: str
    about: dict[str, dict[str, Any]] = field(default_factory=dict)  # versions, threads, precision, lines of code
    first_step: dict[str, dict[str, float]] = field(default_factory=dict)  # seconds, part by part
    first_step_cpu: dict[str, float] = field(default_factory=dict)  # seconds of computing, all parts together
    window_steps: int = 0
    pairs: list[Pair] = field(default_factory=list)
    images: int = 0  # that each has seen in the end
    memory: dict[str, dict[str, int]] = field(default_factory=dict)  # bytes
    install: dict[str, Installed] = field(default_factory=dict)
    agreement: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # by precision, term and step
    scores: dict[str, list[Score]] = field(default_factory=dict)
    floor: list[Score] = field(default_factory=list)
    lacks: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def recipe(self) -> str:
        """Its name."""
        return self.about[PAIR[0]]["recipe"] or Path(self.asked.recipe).stem

    @property
    def data(self) -> str:
        """Its name."""
        return self.about[PAIR[0]]["data"]

    @property
    def images_per_step(self) -> int:
        """Of the recipe."""
        return self.about[PAIR[0]]["images_per_step"]

    def speeds(self, of: str = "seconds") -> tuple[Middle, Middle, Middle]:
        """Images per second of each, or per ``cpu_seconds``, and the second's speed over the first's."""
        taken = [[getattr(window, of) for window in pair] for pair in self.pairs]
        return speeds(taken, self.window_steps * self.images_per_step)
