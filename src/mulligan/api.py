"""The public functions: the same words and the same defaults as the command line."""

import json
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from os import PathLike, fspath
from typing import Any, Literal

from mulligan import kinds, recipes
from mulligan.apps.evaluate import Evaluation, evaluate
from mulligan.apps.model import Model, load
from mulligan.assemble import training
from mulligan.assemble.plan import Options
from mulligan.assemble.training import Result
from mulligan.durations import seconds
from mulligan.errors import RecipeError, nearest
from mulligan.override import assignments
from mulligan.recipe import Recipe

__all__ = ["Evaluation", "Model", "Result", "evaluate", "load", "resume", "train"]

Place = str | PathLike[str]
Shown = Literal["auto", "live", "plain", "silent"]

# Options by the words of the command line, with what each may be.
_WORDS: dict[str, Any] = {**kinds.kinds(Options), "time": str | float | None, "patience": int | None}
del _WORDS["seconds"]


def _says_its_options(function: Callable) -> Callable:
    """Let ``help`` and notebooks show every option in the place of ``**options``."""
    own = [p for p in signature(function).parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    extra = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in _WORDS.items()]
    function.__signature__ = signature(function).replace(parameters=[*own, *extra])  # type: ignore[attr-defined]
    return function


@_says_its_options
@kinds.checked()
def train(data: Place, *, out: Place | None = None, display: Shown = "auto", **options: Any) -> Result:
    """Train a GAN on data; the options are those of ``mulligan train``, and ``set`` may be a dict.

    Raises a MulliganError, with one sentence, for what cannot be.

    >>> result = mulligan.train("digits", time="1m", set={"learning_rate": 1e-3})  # doctest: +SKIP
    """
    chosen = _options(options)
    with recipes.blame(_own_file(chosen)):
        return training.train(fspath(data), chosen, out=None if out is None else fspath(out), display=display)


@_says_its_options
@kinds.checked()
def resume(run: Place, *, data: Place | None = None, display: Shown = "auto", **options: Any) -> Result:
    """Go on with a run exactly where it stopped; the options may give a larger budget.

    Raises RunError, with the difference, where an option would change what is computed.
    """
    chosen = _options(options)
    with recipes.blame(_own_file(chosen)):
        return training.resume(fspath(run), chosen, display=display, where=None if data is None else fspath(data))


def _options(words: Mapping[str, Any]) -> Options:
    """The options that some words mean; RecipeError for an unknown word or a value of the wrong kind."""
    for name in words:
        if name not in _WORDS:
            hint = nearest(name, _WORDS) or f" There are {', '.join(_WORDS)}."
            raise RecipeError(f"there is no option {name!r}.{hint}")
    values = {name: _plain(value) for name, value in words.items() if value is not None}
    values["set"] = assignments(values.get("set", ()))
    if (patience := values.pop("patience", None)) is not None:
        values["set"] += (f"patience_scores={patience}",)
    for name, value in values.items():
        if not kinds.fits(value, _WORDS[name]):
            raise RecipeError(
                f"{name} cannot be {kinds.shortened(value)}; expected {kinds.wanted(value, _WORDS[name])}"
            )
    if "time" in values:
        values["seconds"] = seconds(values.pop("time"))
    if isinstance(recipe := values.get("recipe"), Recipe):
        _check_without_file(recipe)
    return Options(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, PathLike):
        return fspath(value)
    return tuple(value) if isinstance(value, list) else value


def _own_file(options: Options) -> str | None:
    return options.recipe if isinstance(options.recipe, str) and recipes.is_file(options.recipe) else None


def _check_without_file(recipe: Recipe) -> None:
    """A part that was written in a notebook could not be found again by whoever opens the run."""
    try:
        Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    except (RecipeError, TypeError, ValueError) as error:
        raise RecipeError(
            f"the recipe cannot be read back from a run ({error}); write it to a file and give that: recipe='my_gan.py'"
        ) from error
