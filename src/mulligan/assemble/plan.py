"""From what a user typed to what is trained: data found, recipe chosen, sizes fitted, budget known."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from mulligan import catalogue, data, recipes
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.errors import RecipeError
from mulligan.override import override
from mulligan.recipe import Recipe


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
    freeze_layers: int = 0
    workers: int = 2
    cache: bool = True


@dataclass
class Plan:
    """A run before its first step."""

    recipe: Recipe
    source: Any
    codec: Any
    where: str
    user_file: Path | None = None
    choices: list[str] = field(default_factory=list)  # what was decided for the user, and why

    @property
    def labels(self) -> int:
        """Number of classes that the networks know."""
        return len(self.codec.class_names) if self.recipe.labels else 0


def make_plan(where: str, options: Options, device: str, progress: Callable[[int, int], None] | None = None) -> Plan:
    """Find the data, choose and fit the recipe; DataError or RecipeError for what cannot be."""
    found = data.survey(where)
    recipe, user_file, choices = _recipe(options, found, device)
    recipe = with_overrides(recipe, options)
    codec = _codec(found, recipe, options, choices)
    source = data.open_source(where, codec, split="train", cache=None if options.cache else False, progress=progress)
    if isinstance(codec, ImageCodec):
        codec = replace(codec, class_names=tuple(source.class_names), class_counts=tuple(source.class_counts))
    recipe = recipe.fit(codec.shape, len(source.class_names))
    choices += _warnings(recipe, source)
    return Plan(recipe, source, codec, where, user_file, choices)


def with_overrides(recipe: Recipe, options: Options) -> Recipe:
    """The recipe with what the shell says instead."""
    if options.batch is not None:
        recipe = replace(recipe, batch_size=options.batch)
    if options.labels is not None:
        recipe = replace(recipe, labels=options.labels)
    return override(recipe, options.set)


def load_recipe(name: str | Recipe) -> tuple[Recipe, Path | None]:
    """A recipe by name, by file, or given as it is."""
    if isinstance(name, Recipe):
        return name, None
    if recipes.is_file(name):
        return recipes.load_file(name)[0], Path(name)
    return recipes.get(name), None


def _recipe(options: Options, found: Any, device: str) -> tuple[Recipe, Path | None, list[str]]:
    if options.recipe is None and options.init:
        from mulligan.assemble.model import read_model  # a model brings its own recipe

        return read_model(options.init).recipe, None, [f"recipe: that of {Path(options.init).name}"]
    if options.recipe in (None, recipes.AUTO):
        from mulligan.recipes import auto

        recipe, reasons = auto.choose(auto.Found(found.count, found.size, len(found.class_names)), device)
        return recipe, None, [f"recipe: {reason}" for reason in reasons]
    recipe, user_file = load_recipe(options.recipe)
    return recipe, user_file, []


def _codec(found: Any, recipe: Recipe, options: Options, choices: list[str]) -> Any:
    if found.is_points:
        return PointsCodec(dimensions=found.size[0], scale=1 / found.spread, offset=-found.center / found.spread)
    natural = (options.size, options.size) if isinstance(options.size, int) else options.size or found.size
    size = natural
    if options.size is None:
        for net in recipe.networks.values():
            size = type(net).nearest_size(size) if hasattr(net, "nearest_size") else size
        if tuple(size) != tuple(found.size):
            choices.append(f"size: {size[0]}x{size[1]}, the nearest to {found.size[0]}x{found.size[1]} that the networks can make")
    return ImageCodec(size=tuple(size), channels=options.channels or found.channels, fit=options.fit or "crop", background=options.background or "white")


def _warnings(recipe: Recipe, source: Any) -> list[str]:
    if len(source) < recipe.batch_size:
        return [f"warning: the batch ({recipe.batch_size}) is larger than the data ({len(source)}): each batch repeats pictures"]
    return []


def resolved_json(plan: Plan, *, run_folder: Path, settings: dict[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    """What ``recipe.json`` says: enough to run it again, and no absolute path."""
    return {
        "mulligan": _version(),
        "recipe": plan.recipe.to_json(),
        "data": data_json(plan) | {"path": portable(plan.where, run_folder)},
        "codec": catalogue.to_json(plan.codec),
        "settings": settings,
        "choices": plan.choices,
        "environment": environment,
        "user_file": user_file_json(plan.user_file),
    }


def data_json(plan: Plan) -> dict[str, Any]:
    """What a model file and a run say of the data."""
    return {
        "where": plan.where if is_builtin(plan.where) else Path(plan.where).name,
        "fingerprint": plan.source.fingerprint,
        "count": len(plan.source),
        "licence": plan.source.report.licence,
        "lines": plan.source.report.lines(),
    }


def is_builtin(where: str) -> bool:
    """Whether the data is named by a word and not by a path."""
    return where == "digits" or where.startswith("toy:")


def portable(where: str, run_folder: Path) -> str:
    """The data's place as seen from the run folder."""
    return where if is_builtin(where) else os.path.relpath(where, run_folder)


def user_file_json(path: Path | None) -> dict[str, str] | None:
    """Name and hash of a user's own recipe file."""
    return {"name": path.name, "sha256": recipes.file_hash(path)} if path else None


def user_module(asked: str | None, wanted: dict[str, str] | None) -> ModuleType | None:
    """The user's own file that something was made with; RecipeError when it is not given or not the same."""
    if wanted is None:
        return None
    if not asked or not recipes.is_file(asked):
        raise RecipeError(f"this was made with your own file {wanted['name']}; name it: --recipe {wanted['name']}")
    if recipes.file_hash(asked) != wanted["sha256"]:
        raise RecipeError(f"{asked} is not the {wanted['name']} that this was made with; the run folder keeps a copy of that one")
    return recipes.load_file(asked)[1]


def _version() -> str:
    from mulligan import __version__

    return __version__


def network_entries(recipe: Recipe) -> Iterable[tuple[str, Any]]:
    """Roles and networks, the product first."""
    return sorted(recipe.networks.items(), key=lambda item: item[0] != recipe.game.product)
