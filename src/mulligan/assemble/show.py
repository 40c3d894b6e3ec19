"""A whole recipe on one page: objective, game, networks with their shapes and parameter counts, numbers."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from mulligan import catalogue, recipes
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import load_recipe, nearest_size, network_entries
from mulligan.override import override
from mulligan.recipe import Recipe
from mulligan.recipes import auto
from mulligan.schedule import Schedule

WIDTH = 110
_LABELS = 10  # classes to show the networks of a conditional recipe for
_ENOUGH = 60_000  # pictures to show for what auto picks
_PROSE = ("name", "about", "expect", "game", "networks")
_FITTED = ("size", "channels", "labels")  # said once, in the heading of a network


def resolved(name: str, size: tuple[int, int], channels: int, settings: Iterable[str] = ()) -> Recipe:
    """The recipe with its networks made for pictures of this size; for ``auto`` what it picks for many of them here."""
    chosen = _picked(size) if name == recipes.AUTO else load_recipe(name)[0]
    recipe = override(chosen, settings)
    return recipe.fit((*nearest_size(recipe, size), channels), _LABELS if recipe.labels else 0)


def _picked(size: tuple[int, int]) -> Recipe:
    return auto.choose(_ENOUGH, size, 0, open_backend().device.type)[0]


def page(recipe: Recipe, backend: str | None = None) -> str:
    """The page as text, with the networks as a backend makes them."""
    lines = [f"{recipe.name}: {recipe.about}"]
    if recipe.expect:
        lines.append(f"expect: {recipe.expect}")
    lines += ["", "game", *_indented(_described(recipe.game))]
    lines += _networks(recipe, backend)
    # Networks that are specs say their latent themselves.
    said = (*_PROSE, "latent") if hasattr(recipe.networks[recipe.game.product], "latent") else _PROSE
    numbers = {f.name: _value(getattr(recipe, f.name)) for f in fields(recipe) if f.name not in said}
    return "\n".join([*lines, "", "numbers", *_indented(_columns(numbers))])


def _described(part: Any, leave_out: tuple[str, ...] = ()) -> list[str]:
    """A part with its first docstring line, its numbers on one line, and its own parts below."""
    if not is_dataclass(part) or isinstance(part, Schedule):
        return [_value(part)]
    numbers, inner = [], []
    for field in fields(part):
        value = getattr(part, field.name)
        parts = [item for item in (value if isinstance(value, tuple) else (value,)) if _is_part(item)]
        if parts:
            inner += [field.name, *(line for item in parts for line in _indented(_described(item)))]
        elif field.name not in leave_out:
            numbers.append(f"{field.name} {_value(value)}")
    about = textwrap.wrap((type(part).__doc__ or "").partition("\n")[0], WIDTH - 4)
    return [catalogue.name_of(part), *about, *textwrap.wrap(", ".join(numbers), WIDTH - 4), *inner]


def _is_part(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, Schedule)


def _networks(recipe: Recipe, framework: str | None) -> list[str]:
    backend = open_backend(framework, device="cpu")
    some = next((net for net in recipe.networks.values() if hasattr(net, "shape")), None)
    shape = some.shape if some else (32, 32, 1)
    built = backend.networks(recipe, shape, _LABELS if recipe.labels else 0, seed=0)
    lines = []
    for role, net in network_entries(recipe):
        told = f", told one of {_LABELS} labels" if recipe.labels else ""
        heading = f"{role}: {backend.parameter_count(built[role]):,} parameters for {'x'.join(map(str, shape))}{told}"
        lines += ["", heading, *_indented(_described(net, leave_out=_FITTED) + _folded(backend.layers(built[role])))]
    return lines


def _folded(layers: list[str]) -> list[str]:
    """Layers that differ in the numbers of their names alone, once and counted."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], str] = {}
    for line in layers:
        name, _, rest = line.partition(" ")
        kind = (re.sub(r"\d+", "*", name), rest.strip())
        counts[kind] = counts.get(kind, 0) + 1
        first.setdefault(kind, name)
    return [
        f"{first[kind] if count == 1 else kind[0]:<20} {f'{count} x ' if count > 1 else ''}{kind[1]}"
        for kind, count in counts.items()
    ]


def _value(value: Any) -> str:
    if isinstance(value, Schedule):
        length = f"{value.images:,} images" if value.share is None else f"{100 * value.share:g} % of the budget"
        return f"{value.start:,g} to {value.end:,g} ({type(value).__name__.lower()}, {length})"
    if callable(value):
        return catalogue.name_of(value)
    if isinstance(value, tuple):
        return " ".join(map(_value, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _columns(values: dict[str, str]) -> list[str]:
    """Names and values in two columns."""
    cells = [f"{name:<21} {value}" for name, value in values.items()]
    half = (len(cells) + 1) // 2
    left, right = cells[:half], [*cells[half:], ""]
    width = max(map(len, left)) + 3
    return [f"{cell:<{width}}{right[row]}".rstrip() for row, cell in enumerate(left)]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
