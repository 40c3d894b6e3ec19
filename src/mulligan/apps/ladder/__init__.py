"""The test ladder: data sets from easy to hard, climbed by every recipe alike over several seeds, in one table."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from mulligan.apps.ladder._measure import Entry, measure
from mulligan.apps.ladder._processes import train
from mulligan.apps.ladder._rungs import RUNGS, Entrant, Published, Rung, choose
from mulligan.apps.ladder._runs import LadderRun
from mulligan.assemble.place import is_there
from mulligan.disk import whole_file
from mulligan.errors import DataError

__all__ = ["RUNGS", "Entrant", "LadderRun", "Published", "Rung", "choose", "climb"]

MARKDOWN, NUMBERS = "ladder.md", "ladder.csv"


def climb(
    rungs: Sequence[Rung],
    *,
    data: str | None = None,
    out: str | PathLike[str] = "runs/ladder",
    jobs: int = 1,
    training: bool = True,
    tell: Callable[[str], None] = lambda line: None,
    display: str = "auto",
) -> Path:
    """Train what is not finished yet, measure the last model of each run, and write the table; returns its path.

    ``data`` is the folder of the picture sets. What is there and finished is kept, what was interrupted goes on, and
    what failed counts as failed. Without ``training`` the table is made of what is there. RunError where a folder holds
    another run than the one of its name; KeyboardInterrupt, with everything saved, when the user stops it.
    """
    home = Path(out)
    runs = [(rung, _runs(rung, _place(rung, data), home)) for rung in rungs]
    every = [run for _, these in runs for run in these]
    for run in every:
        run.refuse_another()
    if training:
        train([run for run in every if not run.standing.is_final], jobs, tell)
    measured = [(rung, [measure(run, tell, display) for run in these]) for rung, these in runs]
    return _written(measured, home)


def _place(rung: Rung, folder: str | None) -> str:
    place = rung.place(folder)
    if not is_there(place):
        raise DataError(f"rung {rung.number} needs {place}, which is not there; name the folder of it: --data FOLDER")
    return place


def _runs(rung: Rung, place: str, home: Path) -> list[LadderRun]:
    return [
        LadderRun(rung, entrant, seed, place, home / rung.name)
        for entrant in rung.entrants
        for seed in range(rung.seeds)
    ]


def _written(measured: Sequence[tuple[Rung, list[Entry]]], home: Path) -> Path:
    """The table in both forms, with its pictures beside it."""
    from mulligan.apps.ladder._plot import draw
    from mulligan.apps.ladder._table import document, numbers

    shown = []
    for rung, entries in measured:
        places = {entrant.name: home / rung.name / f"{entrant.name}.png" for entrant in rung.entrants}
        drawn = {
            name: path
            for name, path in places.items()
            if draw(path, [entry for entry in entries if entry.run.entrant.name == name])
        }
        shown.append((rung, entries, drawn))
    texts = {NUMBERS: numbers([entry for _, entries in measured for entry in entries]),
             MARKDOWN: document(shown, home)}  # fmt: skip
    for name, text in texts.items():
        with whole_file(home / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return home / MARKDOWN
