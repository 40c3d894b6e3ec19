"""Mulligan's own parts by name, and any tree of parts to JSON and back.

A part is written as ``{"is": "objectives/hinge.Hinge", ...fields}``. A name is looked up in the package's own folder
listing and nowhere else: nothing that a file names is ever imported from elsewhere. The parts of a user's own file are
written as ``{"is": "my_gan.py:Name"}`` and read back only from a module that the user names.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import mulligan
from mulligan.errors import RecipeError, nearest

FOLDERS = ("objectives", "games", "networks", "augment", "codecs")
MODULES = ("schedule",)
_TWINS = ("_torch", "_keras")


@cache
def listing(folder: str) -> tuple[str, ...]:
    """The members of a catalogue folder: its files that are neither twins nor start with an underscore."""
    found = (Path(root) / folder for root in mulligan.__path__)
    stems = {path.stem for place in found for path in place.glob("*.py")}
    return tuple(sorted(stem for stem in stems if not stem.startswith("_") and not stem.endswith(_TWINS)))


@cache
def parts(folder: str, file: str) -> dict[str, type]:
    """The public dataclasses that one file of a folder defines."""
    if file not in listing(folder):
        raise RecipeError(f"there is no {file!r} in mulligan/{folder}; it has {', '.join(listing(folder))}.{nearest(file, listing(folder))}")
    return _dataclasses_of(import_module(f"mulligan.{folder}.{file}"))


def _dataclasses_of(module: ModuleType) -> dict[str, type]:
    own = {name: item for name, item in vars(module).items() if is_dataclass(item) and isinstance(item, type)}
    return {name: item for name, item in own.items() if item.__module__ == module.__name__ and not name.startswith("_")}


def lookup(name: str) -> type:
    """The class that ``folder/file.Name`` or ``schedule.Name`` stands for; RecipeError where there is none."""
    place, _, class_name = name.rpartition(".")
    folder, _, file = place.rpartition("/")
    if not folder and place in MODULES:
        found = _dataclasses_of(import_module(f"mulligan.{place}"))
    elif folder in FOLDERS:
        found = parts(folder, file)
    else:
        raise RecipeError(f"{name!r} is no part of Mulligan; expected a name like 'objectives/hinge.Hinge'")
    if class_name not in found:
        raise RecipeError(f"{place} has no {class_name!r}; it has {', '.join(found)}.{nearest(class_name, found)}")
    return found[class_name]


def name_of(part: Any) -> str:
    """The name under which a part is written: the reverse of ``lookup``."""
    kind = part if isinstance(part, type) or not is_dataclass(part) else type(part)
    module = kind.__module__
    if module.startswith("mulligan."):
        return f"{module.removeprefix('mulligan.').replace('.', '/')}.{kind.__qualname__}"
    return f"{module}:{kind.__qualname__}"  # a user's file is loaded under its file name


def to_json(value: Any) -> Any:
    """Turn a tree of parts, tuples, mappings and plain values into JSON's types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": name_of(value)} | {field.name: to_json(getattr(value, field.name)) for field in fields(value) if field.init}
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if callable(value):
        return {"is": name_of(value)}
    return value


def from_json(value: Any, user_file: ModuleType | None = None) -> Any:
    """Rebuild what ``to_json`` wrote; ``user_file`` is the loaded module that a user's own parts come from."""
    if isinstance(value, list):
        return tuple(from_json(item, user_file) for item in value)
    if not isinstance(value, dict):
        return value
    inner = {key: from_json(item, user_file) for key, item in value.items() if key != "is"}
    if "is" not in value:
        return inner
    if ":" in value["is"]:
        found = _of_user(value["is"], user_file)
        return construct(found, inner) if isinstance(found, type) else found
    return construct(lookup(value["is"]), inner)


def _of_user(name: str, user_file: ModuleType | None) -> Any:
    file, _, attribute = name.partition(":")
    if user_file is None:
        raise RecipeError(f"this was made with a part of your own file {file}; name it: --recipe {file}")
    found: Callable | None = getattr(user_file, attribute, None)
    if found is None:
        raise RecipeError(f"{user_file.__name__} has no {attribute!r}, which this was made with; give the file that it was made with")
    return found


def construct(kind: type, values: Mapping[str, Any]) -> Any:
    """``kind(**values)`` with a sentence for a field that it does not have."""
    known = [field.name for field in fields(kind) if field.init]
    for name in values:
        if name not in known:
            raise RecipeError(f"{kind.__name__} has no {name!r}; it has {', '.join(known)}.{nearest(name, known)}")
    return kind(**values)
