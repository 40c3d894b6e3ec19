"""The command that starts a run again, for who wants to repeat it."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

from mulligan import recipes
from mulligan.assemble.place import portable
from mulligan.assemble.plan import Options
from mulligan.recipe import Recipe

_OF_THE_MACHINE = ("workers", "cache")  # which change nothing that is computed


def command(where: str, options: Options, run_folder: Path) -> str:
    """What one types in the run's folder, which has a copy of the user's own recipe; it tells of no other folder."""
    words = ["mulligan", "train", portable(where, run_folder)]
    for field in fields(options):
        value = getattr(options, field.name)
        if field.name == "recipe" and isinstance(value, str) and recipes.is_file(value):
            value = Path(value).name
        if field.name == "init" and value:
            value = portable(value, run_folder)
        if field.name not in _OF_THE_MACHINE and value != field.default:
            words += _typed(field.name, value)
    return shlex.join(words)


def _typed(name: str, value: Any) -> list[str]:
    if name == "set":
        return [word for text in value for word in ("--set", text)]
    if isinstance(value, bool):
        word = name.replace("_", "-")
        return [f"--{word}" if value else f"--no-{word}"]
    if isinstance(value, Recipe):
        return ["--recipe", value.name]
    text = "x".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}" if name == "seconds" else str(value)
    return [f"--{'time' if name == 'seconds' else name.replace('_', '-')}", text]
