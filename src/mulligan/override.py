"""Numbers of a recipe changed from outside by their dotted names: ``learning_rate=1e-3``, ``game.penalties.r1.weight=5``."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from mulligan import catalogue
from mulligan.errors import RecipeError, nearest
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine, Linear, Schedule

_SCHEDULE = re.compile(r"(linear|cosine)\(([^,]+),([^,]+),([^,]+)\)")


def override(recipe: Recipe, assignments: Iterable[str]) -> Recipe:
    """Apply ``dotted.name=value`` assignments in order; RecipeError with the nearest match for an unknown name."""
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise RecipeError(f"{assignment!r} sets nothing; expected dotted.name=value, for instance learning_rate=1e-3")
        recipe = _set(recipe, path.strip().split("."), text.strip(), path.strip())
    return recipe


def _set(part: Any, path: list[str], text: str, whole: str) -> Any:
    """The same part with what ``path`` names replaced."""
    name, rest = path[0], path[1:]
    children = _children(part)
    if name not in children:
        known = ", ".join(children) or "nothing that can be set"
        raise RecipeError(f"there is no {whole!r}; here one can set {known}.{nearest(name, children)}")
    new = _set(children[name], rest, text, whole) if rest else _parse(children[name], text, whole)
    if isinstance(part, tuple):
        return tuple(new if key == name else child for key, child in children.items())
    if isinstance(part, Mapping):
        return dict(part) | {name: new}
    return replace(part, **{name: new})


def _children(part: Any) -> dict[str, Any]:
    if isinstance(part, tuple):
        return {getattr(item, "name", str(index)): item for index, item in enumerate(part)}
    if isinstance(part, Mapping):
        return dict(part)
    if is_dataclass(part):
        return {f.name: getattr(part, f.name) for f in fields(part) if f.init}
    return {}


def _parse(old: Any, text: str, whole: str) -> Any:
    """Read ``text`` as a value that can stand where ``old`` stands."""
    if is_dataclass(old) and not isinstance(old, Schedule):
        return _part(text, like=old)
    if isinstance(old, tuple) and whole.endswith("penalties"):
        return tuple(_part(name, folder="objectives") for name in text.split(",") if name)
    if whole == "augment" and text != "none":
        return _part(text, folder="augment")
    value = _value(text)
    if not _fits(old, value):
        raise RecipeError(f"{whole} is {old!r} and cannot be set to {text!r}; expected {_kind(old)}")
    return float(value) if isinstance(old, float) and isinstance(value, int) else value


def _value(text: str) -> Any:
    if found := _SCHEDULE.fullmatch(text.replace(" ", "")):
        kind = {"linear": Linear, "cosine": Cosine}[found[1]]
        start, end = (_number(part) for part in found.group(2, 3))
        if found[4].endswith("%"):
            return kind(start, end, share=_number(found[4][:-1]) / 100)
        return kind(start, end, images=round(_number(found[4])))
    try:
        value = json.loads({"none": "null", "True": "true", "False": "false"}.get(text, text))
    except json.JSONDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RecipeError(f"{text!r} is no number; expected for instance cosine(2e-4,5e-5,1e6) or linear(1,0.1,20%)") from None


def _fits(old: Any, value: Any) -> bool:
    if old is None or value is None or isinstance(value, Schedule):
        return not isinstance(old, str | bool | int) or isinstance(old, float)
    if isinstance(old, bool):
        return isinstance(value, bool)
    if isinstance(old, int):
        return isinstance(value, int | float | list | tuple) and not isinstance(value, bool) and value == (int(value) if isinstance(value, float) else value)
    if isinstance(old, float | Schedule):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, type(old))


def _kind(old: Any) -> str:
    if isinstance(old, bool):
        return "true or false"
    if isinstance(old, int):
        return "a whole number"
    if isinstance(old, float | Schedule):
        return "a number, or a schedule like cosine(2e-4,5e-5,20%)"
    return "a value like it"


def _part(name: str, folder: str = "", like: Any = None) -> Any:
    """A part by its file name (``hinge``) or full name (``relativistic.RelativisticAverage``), with its default numbers."""
    folder = folder or catalogue.name_of(like).partition("/")[0]
    file, _, class_name = name.strip().partition(".")
    if folder not in catalogue.FOLDERS:
        raise RecipeError(f"{name!r} cannot stand here: set its numbers instead")
    found = catalogue.parts(folder, file) if file in catalogue.listing(folder) else _by_term(folder, file)
    if class_name:
        return catalogue.lookup(f"{folder}/{name.strip()}")()
    if like is not None and type(like).__name__ in found:
        return found[type(like).__name__]()
    return next(iter(found.values()))()


def _by_term(folder: str, term: str) -> dict[str, type]:
    """A penalty goes by the name of its term too: r1, r2."""
    for file in catalogue.listing(folder):
        for name, kind in catalogue.parts(folder, file).items():
            if getattr(kind, "name", None) == term:
                return {name: kind}
    return catalogue.parts(folder, term)  # says which there are
