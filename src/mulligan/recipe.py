"""A recipe: a game with its networks and its numbers, to JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType, ModuleType
from typing import Any

from mulligan import catalogue
from mulligan.errors import RecipeError
from mulligan.schedule import Number, Schedule, value_at

OPTIMIZERS = ("adam", "rmsprop")
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class Recipe:
    """All that decides what is trained and how; derive one from another with ``dataclasses.replace``.

    ``networks`` maps the game's roles to network specs, or to callables ``f(facts) -> module`` of the user's own file.
    Numbers typed ``Number`` may be schedules. ``images`` is the budget, counted in images shown to the critic.
    """

    game: Any
    networks: Mapping[str, Any]
    name: str = ""
    about: str = ""
    expect: str = ""  # the score that the recipe should reach, and the command that reaches it
    batch_size: int = 64
    images: int = 2_000_000
    labels: bool = False  # train with the data's labels
    latent: int = 64  # for networks given as callables; a spec says its own
    optimizer: str = "adam"
    learning_rate: Number = 2e-4
    critic_learning_rate: Number | None = None  # where it differs from the generator's
    beta1: float = 0.5
    beta2: Number = 0.999
    ema_half_life_images: Number = 10_000
    ema_ramp: float = 0.05  # the half-life is at most this share of the images seen, so that a young run is not held back
    augment: Any = None
    augment_probability: Number = 1.0
    mirror: bool = False  # flip pictures left to right, for data where that makes another possible picture
    instance_noise: Number = 0.0  # standard deviation, on what the critic sees (Sonderby et al. 2017)
    gradient_clip: float | None = None  # largest gradient norm per network
    accumulate: int = 1  # split each batch into so many parts whose gradients are summed
    precision: str = "auto"
    compile: bool = False
    tick_images: int | None = None  # a status line, samples and a checkpoint; default: fifty to a run
    score_every_ticks: int = 5
    score_samples: int = 2000
    patience_scores: int | None = None  # stop after so many scores without a better one

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", MappingProxyType(dict(self.networks)))
        _check(self)

    # A mapping proxy cannot be pickled; a recipe goes to worker processes.
    def __reduce__(self) -> tuple:
        return _rebuild, ({f.name: getattr(self, f.name) for f in fields(self)} | {"networks": dict(self.networks)},)

    @property
    def images_per_step(self) -> int:
        """Images shown to the critic in one round of turns."""
        return self.batch_size * sum(turn.fresh_batch for turn in self.game.turns)

    @property
    def latent_size(self) -> int:
        """Numbers in a latent vector, as the product's spec says."""
        return getattr(self.networks[self.game.product], "latent", self.latent)

    def fit(self, shape: tuple[int, ...], labels: int) -> "Recipe":
        """The same recipe with its networks made for samples of this raw shape, and for the labels if it uses them."""
        if self.labels and not labels:
            raise RecipeError(
                f"the recipe {self.name or 'given'} trains with labels and the data has none; expected class subfolders or a "
                "label file, or type --set labels=false"
            )
        used = labels if self.labels else 0
        return replace(self, networks={role: net.fit(shape, used) if hasattr(net, "fit") else net for role, net in self.networks.items()})

    def resolve(self, budget_images: int) -> "Recipe":
        """The same recipe with every schedule's length in images of this budget."""
        return _map_schedules(self, lambda schedule: schedule.resolve(budget_images))

    def numbers(self, images: int) -> dict[str, float]:
        """Every number that may change during training, by its dotted name, after ``images`` images."""
        half_life = min(value_at(self.ema_half_life_images, images), self.ema_ramp * images)
        critic_rate = self.learning_rate if self.critic_learning_rate is None else self.critic_learning_rate
        return {
            "learning_rate": value_at(self.learning_rate, images),
            "critic_learning_rate": value_at(critic_rate, images),
            "beta2": value_at(self.beta2, images),
            "ema_decay": 0.5 ** (self.images_per_step / half_life) if half_life > 0 else 0.0,
            "augment_probability": value_at(self.augment_probability, images) if self.augment else 0.0,
            "instance_noise": value_at(self.instance_noise, images),
        } | {
            f"game.penalties.{penalty.name}.weight": value_at(penalty.weight, images)
            for penalty in getattr(self.game, "penalties", ())
        }

    def to_json(self) -> dict[str, Any]:
        """The whole recipe in JSON's types."""
        return {f.name: catalogue.to_json(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], user_file: ModuleType | None = None) -> "Recipe":
        """Rebuild a recipe; RecipeError for a name that Mulligan does not have or a field that a part does not have."""
        return catalogue.construct(cls, {key: catalogue.from_json(value, user_file) for key, value in data.items()})


@dataclass(frozen=True)
class Facts:
    """What a network given as a callable is told: the raw shape of a sample, the number of classes, the latent's size."""

    shape: tuple[int, ...]
    labels: int
    latent: int
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """Channels of a picture."""
        return self.shape[-1]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a picture."""
        return self.shape[0], self.shape[1]


def _rebuild(values: dict[str, Any]) -> Recipe:
    return Recipe(**values)


def _check(recipe: Recipe) -> None:
    missing = [role for role in recipe.game.networks if role not in recipe.networks]
    if missing:
        raise RecipeError(f"the game needs the networks {', '.join(recipe.game.networks)}; the recipe lacks {', '.join(missing)}")
    for name in ("batch_size", "images", "accumulate", "score_every_ticks", "score_samples"):
        if not isinstance(getattr(recipe, name), int) or getattr(recipe, name) < 1:
            raise RecipeError(f"{name} is {getattr(recipe, name)!r}; expected a whole number of 1 or more")
    if recipe.batch_size % recipe.accumulate:
        raise RecipeError(f"batch_size {recipe.batch_size} cannot be split into {recipe.accumulate} equal parts; change accumulate")
    for name, allowed in (("optimizer", OPTIMIZERS), ("precision", PRECISIONS)):
        if getattr(recipe, name) not in allowed:
            raise RecipeError(f"{name} is {getattr(recipe, name)!r}; expected one of {', '.join(allowed)}")
    for name in ("beta1", "beta2"):
        ends = getattr(recipe, name)
        for value in (ends.start, ends.end) if isinstance(ends, Schedule) else (ends,):
            if not 0 <= value < 1:
                raise RecipeError(f"{name} is {value}; expected a number from 0 to below 1")


def _map_schedules(part: Any, change: Any) -> Any:
    """The same tree of dataclasses with every schedule changed."""
    if isinstance(part, Schedule):
        return change(part)
    if isinstance(part, tuple):
        return tuple(_map_schedules(item, change) for item in part)
    if isinstance(part, Recipe) or type(part).__module__.startswith("mulligan.games"):
        changed = {f.name: _map_schedules(getattr(part, f.name), change) for f in fields(part) if f.init}
        return type(part)(**changed)
    if hasattr(part, "weight") and isinstance(part.weight, Schedule):
        return replace(part, weight=change(part.weight))
    return part
