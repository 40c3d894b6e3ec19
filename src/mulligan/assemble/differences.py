"""Resuming with other settings: what may change is taken over, the rest is refused with the difference shown.

| setting | on resuming with another value |
|---|---|
| ``--steps``, ``--images``, ``--epochs``, ``--time``, ``images`` | accepted: the new budget, not the schedules |
| ``tick_images``, ``score_every_ticks``, ``score_samples`` | accepted: when the run is looked at |
| ``patience_scores`` (``--patience``) | accepted: when it stops |
| ``name``, ``about``, ``expect`` | accepted: words |
| ``--workers``, ``--no-cache``, ``--display`` | accepted: how data is read and progress shown |
| ``--watch``, ``--mulligans`` | accepted: what is done about illnesses from now on |
| ``--fit-memory`` | accepted: parts of a batch, which change the last bits alone |
| ``--device``, ``--processes`` | accepted with a notice: the last bits of a result depend on them |
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
        *differences(recipe.to_json(), asked.to_json()),
        *_of_recipe(recipe, resolved, options),
        *_of_settings(folder, resolved, options),
    ]
    refused = [f"{name} is {old} in the run and {new} now" for name, old, new in found if name not in ACCEPTED]
    if refused:
        advice = f"leave them out, or start a new run with --init {folder}"
        raise RunError(f"{folder} cannot go on with other settings: {'; '.join(refused)}; {advice}")
    if asked.tick_images is None:
        advice = "expected a whole number, for instance --set tick_images=10000"
        raise RunError(f"{folder} cannot go on without the images of a tick; {advice}")
    return asked


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


def differences(old: Any, new: Any, name: str = "") -> Iterator[Difference]:
    """Where two trees of JSON differ, by dotted names; a part that became another part counts as one difference."""
    if isinstance(old, dict) and isinstance(new, dict) and old.get("is") == new.get("is"):
        for key in sorted(old | new):
            yield from differences(old.get(key), new.get(key), f"{name}.{key}" if name else key)
    elif _parts(old) and _parts(new) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{name}.{index}")
    elif old != new:
        yield name, _short(old), _short(new)


def _parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _short(value: Any) -> Any:
    """A part by its name alone."""
    if isinstance(value, list):
        return [_short(item) for item in value]
    return value.get("is", value) if isinstance(value, dict) else value
