"""A recipe: a game with its networks and its numbers, to JSON and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from types import MappingProxyType, ModuleType
from typing import Any

from mulligan import catalogue
from mulligan.errors import RecipeError, nearest
from mulligan.schedule import Adaptive, Number, Schedule, ends, is_number, value_at

OPTIMIZERS = ("adam", "rmsprop")
PRECISIONS = ("auto", "float32", "bfloat16")

# What the numbers of a recipe may be; None too, where that is the default.
_COUNTS = (
    *("batch_size", "images", "latent", "accumulate", "tick_images", "score_every_ticks", "score_samples"),
    "patience_scores",
)
_RANGES: tuple[tuple[tuple[str, ...], Callable[[float], bool], str], ...] = (
    (("beta1", "beta2"), lambda x: 0 <= x < 1, "from 0 to below 1"),
    (("augment_probability", "ema_ramp"), lambda x: 0 <= x <= 1, "from 0 to 1"),
    (
        ("learning_rate", "critic_learning_rate", "ema_half_life_images", "instance_noise"),
        lambda x: x >= 0,
        "of 0 or more",
    ),
    (("gradient_clip", "epsilon", "critic_epsilon"), lambda x: x > 0, "above 0"),
)


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
    epsilon: float = 1e-8  # beside the root of Adam's second moment: weights whose gradient is smaller move less
    critic_epsilon: float | None = None  # where it differs from the generator's
    ema_half_life_images: Number = 10_000
    ema_ramp: float = (
        0.05  # the half-life is at most this share of the images seen, so that a young run is not held back
    )
    augment: Any = None
    augment_probability: Number = 1.0
    mirror: bool = False  # flip pictures left to right, for data where that makes another possible picture
    instance_noise: Number = 0.0  # standard deviation, on what the critic sees (Sonderby et al. 2017)
    gradient_clip: float | None = None  # largest gradient norm per network
    # Split each batch into so many parts whose gradients are summed. What is taken over a batch (batch norm,
    # relativistic averages, feature matching) is then taken over a part; all else is as with the whole batch.
    accumulate: int = 1
    # Several processes share each part. Averages are taken over the rows of all of them, batch norm only where this
    # says so: it costs a message of each layer, forwards and backwards.
    synchronize_batch_norm: bool = False
    precision: str = "auto"
    compile: bool = False
    tick_images: int | None = None  # status line, samples and checkpoint; default: fifty to a run, fewer to a short one
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

    def epsilon_of(self, role: str) -> float:
        """Adam's epsilon for one of the networks."""
        return self.critic_epsilon if role == "critic" and self.critic_epsilon is not None else self.epsilon

    def fit(self, shape: tuple[int, ...], labels: int, unlabelled: str = "") -> "Recipe":
        """The same recipe with its networks made for samples of this raw shape, and for the labels if it uses them.

        RecipeError where it needs labels and there are none, with the reason in ``unlabelled`` if they cannot be used.
        """
        if self.labels and not labels:
            why = unlabelled or "the data has none; expected class subfolders or a label file"
            raise RecipeError(
                f"the recipe {self.name or 'given'} trains with labels and {why}, or type --set labels=false"
            )
        if len(shape) != 3 and (self.augment or self.mirror):
            raise RecipeError(
                "the data is points, augment and mirror are for pictures; type --set augment=none --set mirror=false"
            )
        used = labels if self.labels else 0
        fits = [role for role, net in self.networks.items() if is_spec(net) and hasattr(net, "fit")]
        fitted = {role: net.fit(shape, used) if role in fits else net for role, net in self.networks.items()}
        return replace(self, networks=fitted)

    def refuse_uneven(self, processes: int) -> None:
        """RecipeError, with batch sizes that would do, where so many processes cannot share a batch evenly."""
        whole = processes * self.accumulate
        if left := self.batch_size % whole:
            below, above = self.batch_size - left, self.batch_size - left + whole
            fit = f"{below} or {above}" if below else f"{above}"
            parts = f" of {self.accumulate} parts each" if self.accumulate > 1 else ""
            counts = [n for n in range(1, processes) if self.batch_size % (n * self.accumulate) == 0]
            raise RecipeError(
                f"a batch of {self.batch_size} cannot be shared evenly by {processes} processes{parts}; "
                f"type --batch {fit}, or start {' or '.join(map(str, counts[-2:]))} of them"
            )

    @property
    def fewest_at_once(self) -> int:
        """The least samples that networks may be given at once in training: batch norm of vectors needs two."""
        return 2 if self._normed_vectors else 1

    @property
    def _normed_vectors(self) -> list[str]:
        return [role for role, net in self.networks.items() if getattr(net, "batch_norm", False)]

    def refuse_lonely(self, processes: int) -> None:
        """RecipeError where so many processes leave fewer samples at once than the networks can be trained with."""
        at_once = self.batch_size // self.accumulate // (1 if self.synchronize_batch_norm else processes)
        if at_once < self.fewest_at_once:
            role, parts = self._normed_vectors[0], self.batch_size // max(at_once, 1)
            raise RecipeError(
                f"batch norm in the {role} has {at_once} sample at once to take means over, expected 2 or more; "
                f"type --batch {2 * parts}, or --set networks.{role}.batch_norm=false"
            )

    def resolve(self, budget_images: int) -> "Recipe":
        """The same recipe with every schedule's length in images of this budget."""
        return _resolved(self, budget_images)

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
    """What a network given as a callable is told: raw shape of a sample, number of classes, size of the latent."""

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


def is_spec(net: Any) -> bool:
    """Whether a network is told by its numbers; a user's own class is not, though those of Keras can be built too."""
    return hasattr(net, "build") and not isinstance(net, type)


def _rebuild(values: dict[str, Any]) -> Recipe:
    return Recipe(**values)


def _check(recipe: Recipe) -> None:
    _check_networks(recipe)
    for name, allowed in (("optimizer", OPTIMIZERS), ("precision", PRECISIONS)):
        value = getattr(recipe, name)
        if value not in allowed:
            hint = nearest(str(value), allowed)
            raise RecipeError(f"{name} is {value!r}; expected one of {', '.join(allowed)}.{hint}")
    for name in _COUNTS:
        if not _fits(recipe, name, lambda x: isinstance(x, int) and x >= 1):
            raise RecipeError(f"{name} is {getattr(recipe, name)!r}; expected a whole number of 1 or more")
    for names, right, words in _RANGES:
        for name in names:
            if not _fits(recipe, name, right):
                raise RecipeError(f"{name} is {getattr(recipe, name)!r}; expected a number {words}")
    _refuse_steering(recipe)
    for penalty in getattr(recipe.game, "penalties", ()):
        if not all(is_number(end) and end >= 0 for end in ends(penalty.weight)):
            raise RecipeError(f"the weight of {penalty.name} is {penalty.weight!r}; expected a number of 0 or more")
    if recipe.batch_size % recipe.accumulate:
        raise RecipeError(
            f"batch_size {recipe.batch_size} cannot be split into {recipe.accumulate} equal parts; change accumulate"
        )


def _refuse_steering(recipe: Recipe) -> None:
    """Only the strength of augmentation follows the critic's over-fitting."""
    steered = [f.name for f in fields(recipe) if isinstance(getattr(recipe, f.name), Adaptive)]
    weights = [p.name for p in getattr(recipe.game, "penalties", ()) if isinstance(p.weight, Adaptive)]
    if wrong := [*(name for name in steered if name != "augment_probability"), *weights]:
        raise RecipeError(f"{wrong[0]} cannot be adaptive; expected a number, or linear, cosine or exponential")
    if steered and recipe.augment is None:
        raise RecipeError("augment_probability is adaptive and there is nothing to steer; type --set augment=diffaug")


def _check_networks(recipe: Recipe) -> None:
    roles = getattr(recipe.game, "networks", None)
    if not isinstance(roles, tuple):
        raise RecipeError(f"the game is {recipe.game!r}; expected an object like TwoPlayer(NonSaturating())")
    needs = f"the game needs the networks {' and '.join(roles)}"
    missing = [role for role in roles if role not in recipe.networks]
    if missing:
        raise RecipeError(f"{needs}; the recipe lacks {' and '.join(missing)}")
    for role, network in recipe.networks.items():
        if role not in roles:
            raise RecipeError(f"{needs}; the recipe has a {role!r} beside them.{nearest(role, roles)}")
        if not (_is_part_of("networks", network) or callable(network)):
            raise RecipeError(f"the network {role} is {network!r}; expected a spec, or a function f(facts) -> module")
    if recipe.augment is not None and not _is_part_of("augment", recipe.augment):
        raise RecipeError(f"augment is {recipe.augment!r}; expected an object like DiffAugment(), or None")


def _is_part_of(folder: str, part: Any) -> bool:
    """Whether this can be built, and is of that folder if it is Mulligan's own."""
    home = f"{type(part).__module__}."
    return hasattr(part, "build") and (not home.startswith("mulligan.") or home.startswith(f"mulligan.{folder}."))


def _fits(recipe: Recipe, name: str, right: Callable[[Any], bool]) -> bool:
    """Whether a number, or both ends of its schedule, are what they may be."""
    value = getattr(recipe, name)
    if value is None:
        return getattr(Recipe, name) is None  # the default
    return all(is_number(end) and right(end) for end in ends(value))


def _resolved(part: Any, budget_images: int) -> Any:
    """The same tree of parts with every schedule's length in images."""
    if isinstance(part, Schedule):
        return part.resolve(budget_images)
    if type(part) is tuple:
        return tuple(_resolved(item, budget_images) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(
            part, **{f.name: _resolved(getattr(part, f.name), budget_images) for f in fields(part) if f.init}
        )
    return part
