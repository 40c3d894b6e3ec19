"""Numbers and parts of a recipe changed by dotted names: ``learning_rate=1e-3``, ``game.penalties.r1.weight=5``."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from mulligan import catalogue, kinds
from mulligan.errors import RecipeError, nearest
from mulligan.objectives import Objective, Penalty
from mulligan.recipe import Recipe
from mulligan.schedule import Adaptive, Cosine, Exponential, Linear, Schedule

_SCHEDULES = {"linear": Linear, "cosine": Cosine, "exponential": Exponential, "adaptive": Adaptive}
_SCHEDULE = re.compile(r"(\w+)\(([^(),]+),([^(),]+),([^(),]+)\)")
_FITTED = ("size", "channels", "labels")  # of networks: they follow from the data
_NONE = {"none": "null", "None": "null", "True": "true", "False": "false"}


def override(recipe: Recipe, assignments: Iterable[str]) -> Recipe:
    """Apply ``dotted.name=value`` assignments in order.

    A part is replaced by its file's name (``game.objective=hinge``) or by its full one
    (``relativistic.RelativisticAverage``) and has its default numbers then. RecipeError for a name or a value that
    cannot be, with the nearest match.
    """
    for assignment in assignments:
        path, equals, text = (word.strip() for word in assignment.partition("="))
        if not equals:
            raise RecipeError(f"--set {assignment} sets nothing; expected NAME=VALUE, for instance learning_rate=1e-3")
        recipe = _set(recipe, path.split("."), text, path)
    return recipe


def assignments(given: Any) -> tuple[str, ...]:
    """``name=value`` texts of a dict, of one text, or of several; RecipeError for a value that has no text."""
    if isinstance(given, Mapping):
        given = [f"{name}={_text(value)}" for name, value in given.items()]
    if not isinstance(given, Iterable):
        raise RecipeError(
            f"set cannot be {kinds.shortened(given)}; expected a dict, or texts like 'learning_rate=1e-3'"
        )
    return (given,) if isinstance(given, str) else tuple(given)


def _text(value: Any) -> str:
    """A value as one types it after ``--set name=``."""
    if isinstance(value, Schedule):
        length = f"{100 * value.share:g}%" if value.share is not None else value.images
        return f"{type(value).__name__.lower()}({value.start},{value.end},{length})"
    try:
        return value if isinstance(value, str) else json.dumps(value)
    except TypeError:
        raise RecipeError(f"set cannot take {kinds.shortened(value)}; expected numbers, texts and schedules") from None


def _set(part: Any, path: list[str], text: str, whole: str) -> Any:
    """The same part with what ``path`` names replaced."""
    name, rest = path[0], path[1:]
    children = _children(part)
    if name not in children:
        raise RecipeError(f"there is no {whole!r} to set.{_hint(name, children, whole)}")
    old = children[name]
    if rest:
        new = _set(old, rest, text, whole)
    elif whole == f"networks.{name}":
        new = _part("networks", text, old, lambda kind: kind.__name__.lower() == name)
    elif whole in ("game", "augment") and text not in _NONE:
        new = _part({"game": "games"}.get(name, name), text, old)
    else:
        new = _read(text, old, kinds.kinds(type(part))[name] if is_dataclass(part) else Any, whole)
    return _with(part, name, new)


def _children(part: Any) -> dict[str, Any]:
    if isinstance(part, tuple):
        return {getattr(item, "name", str(index)): item for index, item in enumerate(part)}
    if isinstance(part, Mapping):
        return dict(part)
    return {name: getattr(part, name) for name in kinds.kinds(type(part))} if is_dataclass(part) else {}


def _with(part: Any, name: str, new: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(new if key == name else item for key, item in _children(part).items())
    if isinstance(part, Mapping):
        return dict(part) | {name: new}
    return replace(part, **{name: new})


def _hint(name: str, children: Iterable[str], whole: str) -> str:
    if not children:
        parent = whole.removesuffix(f".{name}")
        return f" {parent} is empty or a plain number; look at the recipe with mulligan show"
    return nearest(name, children) or f" One can set {', '.join(children)}."


def _read(text: str, old: Any, kind: Any, whole: str) -> Any:
    """The value that ``text`` stands for where a value of this kind is wanted."""
    if whole.startswith("networks.") and whole.rpartition(".")[2] in _FITTED:
        raise RecipeError(f"{whole} follows from the data; type --size, --channels or --labels instead")
    if isinstance(old, Objective):
        return _part("objectives", text, old, lambda kind: not issubclass(kind, Penalty))
    if kind == tuple[Penalty, ...]:
        names = [] if text in (*_NONE, "") else text.split(",")
        return tuple(_part("objectives", name, None, lambda kind: issubclass(kind, Penalty)) for name in names)
    for value in _readings(text, kind):
        if kinds.fits(value, kind):
            return value
    raise RecipeError(f"{whole} cannot be set to {kinds.shortened(text)}; expected {kinds.wanted(text, kind)}")


def _readings(text: str, kind: Any) -> Iterator[Any]:
    """What a text may stand for, the likeliest first."""
    changing = kinds.fits(Linear(0, 0, images=0), kind)
    if changing and (found := _SCHEDULE.fullmatch(text.replace(" ", ""))):
        yield _schedule(*found.groups())
    for candidate in (_NONE.get(text, text), f"[{text.strip('()[]')}]"):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, float) and value.is_integer():
            yield int(value)  # 1e6 images
        yield tuple(value) if isinstance(value, list) else value
    yield text
    yield tuple(word.strip() for word in text.split(","))


def _schedule(kind: str, start: str, end: str, length: str) -> Any:
    if kind not in _SCHEDULES:
        known = " and ".join(_SCHEDULES)
        raise RecipeError(f"there is no schedule {kind!r}; there are {known}.{nearest(kind, _SCHEDULES)}")
    try:
        ends = float(start), float(end)
        if length.endswith("%"):
            return _SCHEDULES[kind](*ends, share=float(length[:-1]) / 100)
        return _SCHEDULES[kind](*ends, images=round(float(length)))
    except (ValueError, OverflowError):
        raise RecipeError(
            f"{kind}({start},{end},{length}) is no schedule; expected for instance {kind}(2e-4,5e-5,20%)"
        ) from None


def _part(folder: str, name: str, old: Any, allowed: Callable[[type], bool] = lambda kind: True) -> Any:
    """A part of a folder with its default numbers; what it cannot do without is taken from the ``old`` one."""
    name, known = name.strip(), dict(_names(folder, allowed))
    if name not in known:
        short = ", ".join(each for each in known if "." not in each)
        raise RecipeError(f"there is no {kinds.shortened(name)} here; expected one of {short}.{nearest(name, known)}")
    kind = known[name]
    kept = {*kinds.required(kind), "latent"} & set(kinds.kinds(kind))
    return catalogue.construct(kind, {each: getattr(old, each) for each in kept if hasattr(old, each)})


def _names(folder: str, allowed: Callable[[type], bool]) -> Iterator[tuple[str, type]]:
    """All that the allowed parts may be called: file.Class, the name of its term, and the file for its first one."""
    for file in catalogue.listing(folder):
        found = {name: kind for name, kind in catalogue.parts(folder, file).items() if allowed(kind)}
        for name, kind in found.items():
            yield f"{file}.{name}", kind
            if isinstance(term := getattr(kind, "name", None), str):
                yield term, kind
        if found:
            yield file, next(iter(found.values()))
