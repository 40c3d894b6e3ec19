"""Resuming with other settings: what may change is taken over, the rest is refused with the difference shown."""

from pathlib import Path
from typing import Any

from mulligan.assemble.plan import Options, load_recipe, with_overrides
from mulligan.errors import RunError
from mulligan.recipe import Recipe

# What changes nothing of what is computed, only when it is looked at and where it ends.
SAFE = ("images", "tick_images", "score_every_ticks", "score_samples", "patience_scores", "name", "about", "expect")


def refuse_changes(folder: Path, recipe: Recipe, resolved: dict[str, Any], options: Options) -> Recipe:
    """The run's recipe with safe changes taken over; RunError naming every other difference."""
    asked = with_overrides(recipe, options)
    before, after = _flat(recipe.to_json()), _flat(asked.to_json())
    changed = [(key, before.get(key), after.get(key)) for key in sorted(before | after) if before.get(key) != after.get(key)]
    changed += _other_settings(recipe, resolved, options)
    refused = [f"{key} is {old} in the run and {new} now" for key, old, new in changed if key not in SAFE]
    if refused:
        raise RunError(f"{folder} cannot go on with other settings: {'; '.join(refused)}. Leave them out, or start a new run with --init {folder}")
    return asked


def _other_settings(recipe: Recipe, resolved: dict[str, Any], options: Options) -> list[tuple[str, Any, Any]]:
    settings, codec = resolved["settings"], resolved["codec"]
    size = (options.size, options.size) if isinstance(options.size, int) else options.size
    pairs = [
        ("seed", settings["seed"], options.seed),
        ("backend", settings["backend"], options.backend),
        ("size", codec.get("size"), list(size) if size else None),
        ("fit", codec.get("fit"), options.fit),
        ("channels", codec.get("channels"), options.channels),
        ("background", codec.get("background"), options.background),
        ("init", settings["init"], options.init),
    ]
    found = [(name, old, new) for name, old, new in pairs if new not in (None, old)]
    if isinstance(options.recipe, str) and not resolved["user_file"]:
        name = load_recipe(options.recipe)[0].name if options.recipe != "auto" else recipe.name
        found += [("recipe", recipe.name, name)] if name != recipe.name else []
    return found


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested JSON as one level of dotted names."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None or not value:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, item in items:
        flat |= _flat(item, f"{prefix}.{key}" if prefix else str(key))
    return flat


