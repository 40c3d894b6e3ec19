"""A whole recipe on one page: objective, game, networks with their shapes and parameter counts, numbers."""

from dataclasses import fields, is_dataclass
from typing import Any

from mulligan import catalogue
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import load_recipe, nearest_size, network_entries
from mulligan.errors import RecipeError
from mulligan.override import override
from mulligan.recipe import Recipe
from mulligan.schedule import Schedule

_LABELS = 10  # classes to show the networks of a conditional recipe for
_PROSE = ("name", "about", "expect", "game", "networks")


def resolved(name: str, size: tuple[int, int], channels: int, settings: tuple[str, ...] = ()) -> Recipe:
    """The recipe with its networks made for pictures of this size."""
    if name == "auto":
        raise RecipeError("auto picks a recipe when it sees the data: train with it and look at recipe.json")
    recipe = override(load_recipe(name)[0], settings)
    return recipe.fit((*nearest_size(recipe, size), channels), _LABELS if recipe.labels else 0)


def page(recipe: Recipe) -> str:
    """The page as text."""
    lines = [f"{recipe.name}: {recipe.about}"]
    if recipe.expect:
        lines.append(f"expect: {recipe.expect}")
    lines += ["", "game", *_indented(_described(recipe.game))]
    for role, text in _networks(recipe):
        lines += ["", role, *_indented(text)]
    lines += ["", "numbers"]
    lines += [f"  {f.name:<22} {_value(getattr(recipe, f.name))}" for f in fields(recipe) if f.name not in _PROSE]
    return "\n".join(lines)


def _described(part: Any) -> list[str]:
    """A part with its first docstring line and its numbers."""
    if not is_dataclass(part) or isinstance(part, Schedule):
        return [_value(part)]
    lines = [f"{catalogue.name_of(part)}  ({(type(part).__doc__ or '').splitlines()[0]})"]
    for field in fields(part):
        value = getattr(part, field.name)
        inner = value if isinstance(value, tuple) else (value,)
        if any(is_dataclass(item) and not isinstance(item, Schedule) for item in inner):
            lines.append(f"{field.name}:")
            lines += [line for item in inner for line in _indented(_described(item))]
        else:
            lines.append(f"{field.name:<20} {_value(value)}")
    return lines


def _networks(recipe: Recipe) -> list[tuple[str, list[str]]]:
    backend = open_backend()
    some = next((net for net in recipe.networks.values() if hasattr(net, "shape")), None)
    shape = some.shape if some else (32, 32, 1)
    built = backend.networks(recipe, shape, _LABELS if recipe.labels else 0, seed=0)
    return [
        (f"{role}: {backend.parameter_count(built[role]):,} parameters", _described(net) + backend.layers(built[role]))
        for role, net in network_entries(recipe)
    ]


def _value(value: Any) -> str:
    if isinstance(value, Schedule):
        length = (
            f"{value.images:,} images" if value.share is None else f"the first {100 * value.share:g} % of the budget"
        )
        return f"{value.start:g} to {value.end:g}, {type(value).__name__.lower()} over {length}"
    if is_dataclass(value):
        return catalogue.name_of(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
