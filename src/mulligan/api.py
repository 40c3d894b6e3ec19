"""The public functions: the same words and the same defaults as the command line."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from mulligan.apps.evaluate import Evaluation, evaluate
from mulligan.apps.model import Model, load
from mulligan.assemble import training
from mulligan.assemble.plan import Options
from mulligan.durations import seconds
from mulligan.errors import RecipeError, nearest

__all__ = ["Evaluation", "Model", "evaluate", "load", "resume", "train"]


def train(data: str | Path, *, out: str | Path | None = None, display: str = "auto", **options: Any) -> training.Result:
    """Train a GAN on data; ``options`` are those of ``mulligan train``: recipe, time="10m", batch, size, set=("name=value",) ...

    Raises a MulliganError, with one sentence, for what cannot be.

    >>> result = mulligan.train("digits", time="1m")  # doctest: +SKIP
    """
    return training.train(str(data), _options(options), out=out, display=display)


def resume(run: str | Path, *, data: str | Path | None = None, display: str = "auto", **options: Any) -> training.Result:
    """Go on with a run exactly where it stopped; ``options`` may give a larger budget."""
    where = None if data is None else str(data)
    return training.resume(run, _options(options), display=display, where=where)


def _options(options: dict[str, Any]) -> Options:
    known = [f.name for f in fields(Options)] + ["time", "patience"]
    for name in options:
        if name not in known:
            raise RecipeError(f"there is no option {name!r}; expected one of {', '.join(sorted(known))}.{nearest(name, known)}")
    values = {name: value for name, value in options.items() if value is not None}
    if "time" in values:
        values["seconds"] = seconds(values.pop("time"))
    if "patience" in values:
        values["set"] = (*values.get("set", ()), f"patience_scores={values.pop('patience')}")
    if isinstance(values.get("set"), dict):
        values["set"] = tuple(f"{name}={value}" for name, value in values["set"].items())
    return Options(**values)

