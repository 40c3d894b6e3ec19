"""Resuming with other settings: what may change is taken over, the rest is refused with the difference shown.

| setting | on resuming with another value |
|---|---|
| ``--steps``, ``--images``, ``--epochs``, ``--time``, ``images`` | accepted: the new budget, not the schedules |
| ``tick_images``, ``score_every_ticks``, ``score_samples`` | accepted: when the run is looked at |
| ``patience_scores`` (``--patience``) | accepted: when it stops |
| ``name``, ``about``, ``expect`` | accepted: words |
| ``--workers``, ``--no-cache``, ``--display`` | accepted: how data is read and progress shown |
| ``--device`` | accepted with a notice: the last bits of a result depend on the device |
| DATA | accepted where its content is the same: the place of the data; else refused |
| every other number and part of the recipe | refused |
| ``--recipe`` | refused, unless it names the run's own |
| ``--seed``, ``--backend``, ``--init``, ``--freeze-layers`` | refused |
| ``--size``, ``--fit``, ``--channels``, ``--background`` | refused |

Naming the value that the run has is never refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mulligan.assemble.place import portable
from mulligan.assemble.plan import Options, load_recipe, with_overrides
from mulligan.errors import RunError
from mulligan.recipe import Recipe

# What changes nothing of what is computed, only when it is looked at and where it ends.
ACCEPTED = (
    "images",
    "tick_images",
    "score_every_ticks",
    "score_samples",
    "patience_scores",
    "name",
    "about",
    "expect",
)

Difference = tuple[str, Any, Any]


def refuse_changes(folder: Path, recipe: Recipe, resolved: dict[str, Any], options: Options) -> Recipe:
    """The run's recipe with accepted changes taken over; RunError naming every other difference."""
    asked = with_overrides(recipe, options)
    found = [
        *_of_numbers(recipe, asked),
        *_of_recipe(recipe, resolved, options),
        *_of_settings(folder, resolved, options),
    ]
    refused = [f"{name} is {old} in the run and {new} now" for name, old, new in found if name not in ACCEPTED]
    if refused:
        advice = f"leave them out, or start a new run with --init {folder}"
        raise RunError(f"{folder} cannot go on with other settings: {'; '.join(refused)}; {advice}")
    return asked


def _of_numbers(before: Recipe, after: Recipe) -> Iterator[Difference]:
    old, new = flat(before.to_json()), flat(after.to_json())
    for name in sorted(old | new):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _of_recipe(recipe: Recipe, resolved: dict[str, Any], options: Options) -> Iterator[Difference]:
    """A user's own file is compared by its hash, elsewhere."""
    if options.recipe is None or resolved["user_file"]:
        return
    name = options.recipe if options.recipe == "auto" else load_recipe(options.recipe)[0].name
    if name != recipe.name:
        yield "recipe", recipe.name, name


def _of_settings(folder: Path, resolved: dict[str, Any], options: Options) -> Iterator[Difference]:
    settings, codec, size = resolved["settings"], resolved["codec"], options.height_and_width
    init = settings["init"] or {"path": None, "freeze_layers": 0}
    pairs = (
        ("seed", settings["seed"], options.seed),
        ("backend", settings["backend"], options.backend),
        ("init", init["path"], options.init and portable(options.init, folder)),
        ("freeze_layers", init["freeze_layers"], options.freeze_layers),
        ("size", codec.get("size"), list(size) if size else None),
        ("fit", codec.get("fit"), options.fit),
        ("channels", codec.get("channels"), options.channels),
        ("background", codec.get("background"), options.background),
    )
    return ((name, old, new) for name, old, new in pairs if new not in (None, old))


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested JSON as one level of dotted names."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None or not value:
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, item in items:
        found |= flat(item, f"{prefix}.{key}" if prefix else str(key))
    return found
