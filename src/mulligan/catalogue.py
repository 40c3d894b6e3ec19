"""Mulligan's own parts by name, and any tree of parts to JSON and back.

A part is written as ``{"is": "objectives/hinge.Hinge", ...fields}``. A name is looked up in the package's own folder
listing and nowhere else: nothing that a file names is ever imported from elsewhere. The parts of a user's own file are
written as ``{"is": "my_gan.py:Name"}`` and read back only from a module that the user names.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import mulligan
from mulligan import kinds
from mulligan.errors import RecipeError, nearest
from mulligan.twins import ENDINGS

FOLDERS = ("objectives", "games", "networks", "augment", "codecs")
MODULES = ("schedule",)
_DEEPEST = 20  # parts within parts; more is no recipe


@cache
def listing(folder: str) -> tuple[str, ...]:
    """The members of a catalogue folder: its files that are neither twins nor start with an underscore."""
    found = (Path(root) / folder for root in mulligan.__path__)
    stems = {path.stem for place in found for path in place.glob("*.py")}
    return tuple(sorted(stem for stem in stems if not stem.startswith("_") and not stem.endswith(ENDINGS)))


@cache
def parts(folder: str, file: str) -> dict[str, type]:
    """The public dataclasses that one file of a folder defines."""
    known = listing(folder)
    if file not in known:
        wrong = kinds.shortened(file)
        raise RecipeError(f"mulligan/{folder} has no {wrong}; it has {', '.join(known)}.{nearest(wrong, known)}")
    return _dataclasses_of(import_module(f"mulligan.{folder}.{file}"))


def _dataclasses_of(module: ModuleType) -> dict[str, type]:
    own = {name: item for name, item in vars(module).items() if is_dataclass(item) and isinstance(item, type)}
    return {name: item for name, item in own.items() if item.__module__ == module.__name__ and not name.startswith("_")}


def lookup(name: str) -> type:
    """The class that ``folder/file.Name`` or ``schedule.Name`` stands for; RecipeError where there is none."""
    place, _, class_name = name.rpartition(".")
    folder, _, file = place.rpartition("/")
    if place in MODULES:
        every = _dataclasses_of(import_module(f"mulligan.{place}"))
        found = {
            key: kind for key, kind in every.items() if not kind.__subclasses__()
        }  # the base is no schedule itself
    elif folder in FOLDERS:
        found = parts(folder, file)
    else:
        raise RecipeError(
            f"{kinds.shortened(name)} is no part of Mulligan; expected a name like 'objectives/hinge.Hinge'"
        )
    if class_name not in found:
        wrong = kinds.shortened(class_name)
        raise RecipeError(f"{place} has no {wrong}; it has {', '.join(found)}.{nearest(wrong, found)}")
    return found[class_name]


def name_of(part: Any) -> str:
    """The name under which a part is written: the reverse of ``lookup``."""
    kind = type(part) if is_dataclass(part) and not isinstance(part, type) else part
    if not hasattr(kind, "__qualname__"):
        raise RecipeError(
            f"{kinds.shortened(part)} cannot be written down; expected a function or a dataclass of your file"
        )
    if kind.__module__.startswith("mulligan."):
        return f"{kind.__module__.removeprefix('mulligan.').replace('.', '/')}.{kind.__qualname__}"
    return f"{kind.__module__}:{kind.__qualname__}"  # a user's file is loaded under its file name


def to_json(value: Any) -> Any:
    """Turn a tree of parts, tuples, mappings and plain values into JSON's types."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: to_json(getattr(value, field.name)) for field in fields(value) if field.init}
        return {"is": name_of(value)} | inner
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if callable(value):
        return {"is": name_of(value)}
    return value


def from_json(value: Any, user_file: ModuleType | None = None, depth: int = 0) -> Any:
    """Rebuild what ``to_json`` wrote; ``user_file`` is the loaded module that a user's own parts come from."""
    if depth > _DEEPEST:
        raise RecipeError(
            f"this holds parts within parts more than {_DEEPEST} deep; expected a recipe that Mulligan wrote"
        )
    if isinstance(value, list):
        return tuple(from_json(item, user_file, depth + 1) for item in value)
    if not isinstance(value, dict):
        return value
    inner = {key: from_json(item, user_file, depth + 1) for key, item in value.items() if key != "is"}
    if "is" not in value:
        return inner
    name = value["is"]
    if not isinstance(name, str):
        raise RecipeError(f"{kinds.shortened(name)} is no name of a part; expected one like 'objectives/hinge.Hinge'")
    found = _of_user(name, user_file) if ":" in name else lookup(name)
    return construct(found, inner) if isinstance(found, type) and is_dataclass(found) else found


def _of_user(name: str, user_file: ModuleType | None) -> Any:
    """A part of a user's file: only what that file itself defines, so that no name leads out of it."""
    file, _, attribute = name.partition(":")
    if user_file is None:
        raise RecipeError(
            f"this has parts of your own file {file}; name it, or the copy in the run folder: --recipe {file}"
        )
    own = user_file.__name__
    found = getattr(user_file, attribute, None)
    if found is None or getattr(found, "__module__", None) != own:
        raise RecipeError(
            f"{own} does not define {attribute!r} at its top level; a recipe's own parts must stand there, in one file"
        )
    return found


def construct(kind: type, values: Mapping[str, Any]) -> Any:
    """``kind(**values)``; RecipeError for a field that it does not have or lacks, and for a value that cannot be."""
    known = list(kinds.kinds(kind))
    for name in values:
        if name not in known:
            raise RecipeError(f"{kind.__name__} has no {name!r}; it has {', '.join(known)}.{nearest(name, known)}")
    if missing := [name for name in kinds.required(kind) if name not in values]:
        raise RecipeError(f"{kind.__name__} lacks {' and '.join(missing)}")
    kinds.check(kind, values)
    try:
        return kind(**values)
    except (TypeError, ValueError, AttributeError) as error:
        raise RecipeError(f"{kind.__name__} cannot be made of these values ({error})") from error
