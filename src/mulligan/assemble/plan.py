"""From what a user typed to what is trained: data found, recipe chosen, sizes fitted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mulligan import catalogue, data, recipes
from mulligan.assemble import own_file
from mulligan.assemble.judge import FEWEST_SAMPLES
from mulligan.assemble.model import read_codec, read_model
from mulligan.assemble.place import portable
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.errors import RecipeError
from mulligan.override import override
from mulligan.recipe import Recipe
from mulligan.recipes import auto

WORKERS = 2
LARGEST_UNASKED = 256  # pixels a side; the memory and days that more of them take are for the user to ask for
_BLOWN_UP = 4  # times the pictures' own size, from which on one may have meant another


@dataclass
class Options:
    """What one may ask of a training run; the command line and ``mulligan.train`` have the same words.

    None means not said: the default, or on resuming what the run has.
    """

    recipe: str | Recipe | None = None
    seed: int | None = None
    steps: int | None = None
    images: int | None = None
    epochs: float | None = None
    seconds: float | None = None
    clock: str | None = None
    batch: int | None = None
    size: int | tuple[int, int] | None = None
    fit: str | None = None
    channels: int | None = None
    background: str | None = None
    labels: bool | None = None
    set: tuple[str, ...] = ()
    device: str | None = None
    backend: str | None = None
    init: str | None = None
    freeze_layers: int | None = None
    workers: int | None = None
    cache: bool = True
    watch: str | None = None
    mulligans: int | None = None
    fit_memory: bool = False

    def __post_init__(self) -> None:
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise RecipeError(f"the seed is {self.seed}; expected a whole number of 0 or more, below 2**63")

    @property
    def height_and_width(self) -> tuple[int, int] | None:
        """The size, where one was said; a single number stands for a square."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def cache_place(self) -> bool | None:
        """What the data's ``cache`` means: its usual place, or none."""
        return None if self.cache else False


@dataclass
class Plan:
    """A run before its first step."""

    recipe: Recipe
    unresolved: Recipe  # the same before its schedules, ticks and images were made for a budget
    source: Any
    codec: Any
    where: str
    user_file: Path | None = None
    choices: list[str] = field(default_factory=list)  # what was decided for the user, and why

    @property
    def labels(self) -> int:
        """Number of classes that the networks know."""
        return len(self.codec.class_names) if self.recipe.labels else 0

    @property
    def class_counts(self) -> tuple[int, ...]:
        """How many samples each of these classes has."""
        return self.codec.class_counts if self.recipe.labels else ()

    def about_data(self) -> dict[str, Any]:
        """What a model file and a run say of the data."""
        report = self.source.report
        about = {"where": report.where, "fingerprint": self.source.fingerprint, "count": len(self.source)}
        return about | {"licence": report.licence}

    def data_lines(self) -> list[str]:
        """What was found in the data; without the place of the cache, which is of this machine alone."""
        return [line for line in self.source.report.lines() if not line.startswith("cache: ")]

    def to_json(self, run_folder: Path) -> dict[str, Any]:
        """The plan's part of ``recipe.json``: enough to run it again, and nothing of this machine."""
        return {
            "recipe": self.recipe.to_json(),
            "unresolved": self.unresolved.to_json(),
            "data": self.about_data() | {"path": portable(self.where, run_folder), "lines": self.data_lines()},
            "codec": catalogue.to_json(self.codec),
            "choices": self.choices,
            "user_file": own_file.described(self.user_file),
        }


def make_plan(where: str, options: Options, device: str, progress: Callable[[int, int], None] | None = None) -> Plan:
    """Find the data, choose and fit the recipe; DataError or RecipeError for what cannot be."""
    found = data.survey(where)
    recipe, user_file, choices = _recipe(options, found, device)
    recipe = with_overrides(recipe, options)
    codec = _codec(found, recipe, options, device, choices)
    source = data.open_source(where, codec, split="train", cache=options.cache_place, progress=progress)
    if isinstance(codec, ImageCodec):
        codec = replace(codec, class_names=tuple(source.class_names), class_counts=tuple(source.class_counts))
    recipe = recipe.fit(codec.shape, len(source.class_names), found.unlabelled)
    return Plan(
        recipe=recipe,
        unresolved=recipe,
        source=source,
        codec=codec,
        where=where,
        user_file=user_file,
        choices=choices + _warnings(recipe, source),
    )


def with_overrides(recipe: Recipe, options: Options) -> Recipe:
    """The recipe with what the shell says instead."""
    if options.batch is not None:
        recipe = replace(recipe, batch_size=options.batch)
    if options.labels is not None:
        recipe = replace(recipe, labels=options.labels)
    recipe = override(recipe, options.set)
    if recipe.score_samples < FEWEST_SAMPLES:
        raise RecipeError(
            f"score_samples is {recipe.score_samples}, too few to be scored; type --set score_samples={FEWEST_SAMPLES} "
            "or more"
        )
    return recipe


def load_recipe(name: str | Recipe) -> tuple[Recipe, Path | None]:
    """A recipe by name, by file, or given as it is."""
    if isinstance(name, Recipe):
        return name, None
    if recipes.is_file(name):
        return recipes.load_file(name)[0], Path(name)
    return recipes.get(name), None


def _recipe(options: Options, found: Any, device: str) -> tuple[Recipe, Path | None, list[str]]:
    if options.recipe is None and options.init:
        recipe, reasons = _of_model(options.init, options, found, device)
        return recipe, None, reasons
    if is_auto(options):
        size = found.size if found.is_points else options.height_and_width or auto.size(found.size, device)
        classes = 0 if options.labels is not None else len(found.class_names)  # what is decided needs no advice
        recipe, reasons = auto.choose(found.count, size, classes, device, found.grain)
        return recipe, None, [f"recipe: {reason}" for reason in reasons]
    assert options.recipe is not None, "that would be auto, or the recipe of the model to start from"
    recipe, user_file = load_recipe(options.recipe)
    return recipe, user_file, []


def _of_model(init: str, options: Options, found: Any, device: str) -> tuple[Recipe, list[str]]:
    """A trained model's own recipe for another budget; what auto chose by the data is chosen anew by this data."""
    trained = read_model(init)
    recipe, reasons = trained.unresolved, [f"recipe: {trained.recipe.name}, that of {Path(init).name}"]
    if recipe.name == recipes.AUTO:
        size = options.height_and_width or trained.codec.shape[:2]
        chosen, (_, *of_data) = auto.choose(found.count, size, 0, device)  # the first reason is that of the networks
        recipe = replace(recipe, augment=chosen.augment, augment_probability=chosen.augment_probability)
        reasons += [f"recipe: {reason}" for reason in of_data]
    return recipe, reasons


def is_auto(options: Options) -> bool:
    """Whether the recipe is chosen for the user, by the data."""
    return options.recipe == recipes.AUTO or (options.recipe is None and not options.init)


def _codec(found: Any, recipe: Recipe, options: Options, device: str, choices: list[str]) -> Any:
    """How the data is read: as asked for, else as the model does that the run starts from, else as the data is."""
    if found.is_points:
        if named := [name for name in ("size", "fit", "channels", "background") if getattr(options, name) is not None]:
            raise RecipeError(f"the data is points, which have no {named[0]}; leave --{named[0]} out")
        return PointsCodec(dimensions=found.size[0], scale=1 / found.spread, offset=-found.center / found.spread)
    trained = read_codec(options.init) if options.init else None
    like = trained if isinstance(trained, ImageCodec) else None
    height, width = auto.size(found.size, device) if is_auto(options) else auto.within(LARGEST_UNASKED, found.size)
    size = options.height_and_width or (like.size if like else nearest_size(recipe, (height, width)))
    if options.size is None and size != tuple(found.size):
        own = f"{found.size[0]}x{found.size[1]}"
        choices.append(f"size: {size[0]}x{size[1]}, where the pictures' own is {own}; name another one with --size")
    elif max(size) >= _BLOWN_UP * max(found.size):
        choices.append(f"size: {size[0]}x{size[1]} as asked for, blown up from {found.size[0]}x{found.size[1]}")
    return ImageCodec(
        size=size,
        channels=options.channels or (like.channels if like else found.channels),
        fit=options.fit or (like.fit if like else "crop"),
        background=options.background or (like.background if like else "white"),
    )


def nearest_size(recipe: Recipe, size: tuple[int, int]) -> tuple[int, int]:
    """The size next to a wish that all networks of a recipe can make; a user's own network is not asked."""
    for net in recipe.networks.values():
        size = type(net).nearest_size(size) if hasattr(net, "nearest_size") else size
    return size[0], size[1]


def _warnings(recipe: Recipe, source: Any) -> list[str]:
    found = []
    if len(source) < recipe.batch_size:
        batch, count = f"the batch ({recipe.batch_size})", f"the data ({len(source)})"
        found.append(f"warning: {batch} is larger than {count}: each batch repeats samples")
    mixing = [role for role, net in recipe.networks.items() if getattr(net, "normalization", "") == "batch"]
    if any(recipe.game.differentiates(role) for role in mixing):
        found.append(
            "note: with batch norm in the critic a gradient penalty mixes the samples of a batch; it may still work"
        )
    return found


def network_entries(recipe: Recipe) -> Iterable[tuple[str, Any]]:
    """Roles and networks, the product first."""
    return sorted(recipe.networks.items(), key=lambda item: item[0] != recipe.game.product)
