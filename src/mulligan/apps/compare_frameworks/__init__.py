"""One recipe in every framework, side by side: the same order of data, starting weights and latents."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from mulligan import kinds, recipes
from mulligan.apps.compare_frameworks._found import PAIR, Asked, Found
from mulligan.apps.compare_frameworks._install import installed
from mulligan.apps.compare_frameworks._machine import machine
from mulligan.apps.compare_frameworks._measure import Measure
from mulligan.apps.compare_frameworks._table import PAGE, as_json, document, write
from mulligan.assemble.plan import Options, with_overrides
from mulligan.errors import MissingExtraError, RunError
from mulligan.twins import is_installed

__all__ = ["PAGE", "Found", "as_json", "compare_frameworks", "document"]

Place = str | PathLike[str]


@kinds.checked(Asked)
def compare_frameworks(
    recipe: Place,
    data: Place,
    *,
    out: Place,
    settings: Sequence[str] = (),
    tell: Callable[[str], None] = lambda line: None,
    **words: Any,
) -> Found:
    """Train a recipe in every framework, taking turns, and measure both alike; ``words`` are those of ``Asked``.

    Model, picture and table go to ``out``. MissingExtraError where a framework is not installed; a MulliganError, with
    the framework's name, for what one of them cannot do.
    """
    _refuse_mistakes(fspath(recipe), tuple(settings))
    asked = Asked(fspath(recipe), fspath(data), settings=tuple(settings), **words)
    _refuse_absent()
    home = _made(Path(out))
    found = Found(asked, machine(), datetime.now(UTC).date().isoformat())
    with tempfile.TemporaryDirectory() as work:
        measure = Measure(found, home, Path(work), tell)
        measure.beforehand()
        measure.training()
    found.install = {name: installed(name) for name in PAIR}
    write(found, home)
    return found


def _refuse_mistakes(recipe: str, settings: tuple[str, ...]) -> None:
    """What is wrong with the words themselves, before any process starts; a user's own file is run by those alone."""
    if recipe != recipes.AUTO and not recipes.is_file(recipe):
        with_overrides(recipes.get(recipe), Options(set=settings))


def _refuse_absent() -> None:
    absent = [name for name in PAIR if not is_installed(name)]
    if absent:
        extras, names = ",".join(absent), " and ".join(absent)
        says = f"this compares {' and '.join(PAIR)}, and {names} {'is' if len(absent) == 1 else 'are'} not installed"
        raise MissingExtraError(f"{says}; install it with: pip install 'mulligan[{extras}]'")


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{home} cannot be made ({error.strerror or error}); choose another folder with --out"
        ) from error
    return home
