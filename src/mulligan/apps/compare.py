"""Several models in one table and on one page: their numbers only where they were measured alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from mulligan import kinds, report
from mulligan.apps._evaluation import fewer
from mulligan.apps._side import OfModel, open_side
from mulligan.apps.evaluate import Evaluation, evaluate
from mulligan.assemble import look
from mulligan.codecs import png_bytes
from mulligan.errors import DataError
from mulligan.metrics import Score
from mulligan.run import BEST

SHOWN = 64  # samples of each model on the page
APART = "compare them apart"
Place = str | PathLike[str]


@dataclass(frozen=True)
class Line:
    """One measure of one extractor; ``scores`` in the order of the models, None where there is none."""

    measure: str
    extractor: str
    better: str
    scores: Sequence[Score | None]
    floor: Score | None

    @property
    def ahead(self) -> list[bool]:
        """Which of them cannot be told from the best: their intervals meet."""
        there = [score for score in self.scores if score]
        best = (max if self.better == "higher" else min)(there, key=lambda score: score.value)
        return [score is not None and score.low <= best.high and score.high >= best.low for score in self.scores]


class Taken(NamedTuple):
    """A number, the name of the model that it is of, and what its samples were held against."""

    name: str
    data: str
    score: Score


@dataclass(frozen=True, repr=False)
class Comparison:
    """The evaluations of several models under one protocol; ``names`` tell them apart."""

    names: list[str]
    evaluations: list[Evaluation]
    lines: list[Line]

    def __repr__(self) -> str:
        return self.table()

    @property
    def heads(self) -> list[str]:
        """The names, with a mark where it is not the last model of its run."""
        best = [one.about.get("checkpoint") == "best" for one in self.evaluations]
        return [
            f"{name} (best)" if is_best and not name.endswith(BEST) else name
            for name, is_best in zip(self.names, best, strict=True)
        ]

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        found = zip(self.names, self.evaluations, strict=True)
        models = [{"name": name, "what": evaluation.what, "about": evaluation.about} for name, evaluation in found]
        lines = [
            {"measure": line.measure, "extractor": line.extractor, "better": line.better, "ahead": line.ahead,
             "scores": [score and score.to_json() for score in line.scores],
             "floor": line.floor and line.floor.to_json()}
            for line in self.lines
        ]  # fmt: skip
        return {"models": models, "measures": lines}

    def table(self) -> str:
        """One table in Markdown, which is readable as it is; bold is what cannot be told from the best."""
        several = len({line.extractor for line in self.lines}) > 1
        rows = [["measure", "better", *self.heads, "real"]]
        for line in self.lines:
            cells = [cell(score, ahead) for score, ahead in zip(line.scores, line.ahead, strict=True)]
            name = f"{line.measure} ({line.extractor})" if several else line.measure
            rows.append([name, line.better, *cells, _floor_cell(line)])
        return markdown(rows)


@kinds.checked(evaluate)
def compare(models: Sequence[Place], data: Place | None = None, *, out: Place | None = None, seed: int = 0,
            checkpoint: str | None = None, recipe: Place | None = None, device: str = "auto",
            backend: str | None = None, **words: Any) -> Comparison:  # fmt: skip
    """Evaluate runs or model files alike, and write a page with their samples to ``out``; ``words`` as of ``evaluate``.

    What a run has kept of an equal evaluation is taken. DataError, with the difference, where two were not measured
    alike; RunError where ``out`` is no name that ends in .html, or another file.
    """
    if len({Path(place).resolve() for place in models}) < max(2, len(models)):
        why = "a model was named twice" if len(models) > 1 else "one alone was named" if models else "none was named"
        raise DataError(f"{why}, which is no comparison; name two or more models: mulligan compare RUN RUN")
    if out:
        report.refuse_place(Path(out))  # before the minutes that measuring may take
    where = None if data is None else fspath(data)
    opened = {"recipe": recipe, "device": device, "backend": backend}
    words |= {"seed": seed, "checkpoint": checkpoint, "reuse": True, **opened}
    names = _names([Path(place) for place in models])
    found = [evaluate(place, where, **words) for place in models]
    comparison = Comparison(names, found, lines(names, found))
    if out:
        shown = [_shown(name, Path(place), where, seed, checkpoint, one, opened)
                 for name, place, one in zip(comparison.heads, models, found, strict=True)]  # fmt: skip
        notes = [f"{name}: {why}" for one in found for name, why in one.left_out.items()]
        report.write_comparison(Path(out), shown, comparison.to_json()["measures"], sorted(set(notes)))
    return comparison


def lines(names: Sequence[str], found: Sequence[Evaluation]) -> list[Line]:
    """One line for each measure; DataError where two of its numbers were measured differently."""
    by_measure = [{(score.extractor, score.measure): score for score in one.scores} for one in found]
    floors = {(score.extractor, score.measure): score for score in found[0].floor or ()}
    whose = [(name, str(one.about.get("data") or "")) for name, one in zip(names, found, strict=True)]
    made = []
    for key in dict.fromkeys(key for one in by_measure for key in one):
        scores = [one.get(key) for one in by_measure]
        _check_alike([Taken(*about, score) for about, score in zip(whose, scores, strict=True) if score])
        first = next(score for score in scores if score)
        made.append(Line(first.measure, key[0], first.better, scores, floors.get(key)))
    _check_extractors([Taken(*about, one.scores[0]) for about, one in zip(whose, found, strict=True)], found)
    return made


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown whose columns stand below one another; the first row is the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    first, *others = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([first, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *others])


def _check_alike(taken: Sequence[Taken]) -> None:
    """Which model it was, and whether the last or the best of its run, is all that may differ."""
    first, *others = taken
    for other in others:
        if _without_checkpoint(other.score).stamp != _without_checkpoint(first.score).stamp:
            raise _not_alike(first, other)


def _check_extractors(taken: Sequence[Taken], found: Sequence[Evaluation]) -> None:
    """Models whose extractors differ share no line, and so were not looked at yet."""
    extractors = [{score.extractor for score in one.scores} for one in found]
    for other, theirs in zip(taken, extractors, strict=True):
        if not theirs & extractors[0]:
            raise _not_alike(taken[0], other)


def _not_alike(first: Taken, other: Taken) -> DataError:
    """One sentence of what differs: the data alone, as the rest may follow from it, else the extractor, else all."""
    mine, theirs = first.score.protocol, other.score.protocol
    differing = [
        key for key in mine | theirs if mine.get(key) != theirs.get(key) and key not in ("checkpoint", "warning")
    ]
    both = f"{first.name} and {other.name} were not measured alike"
    if "real_hash" in differing:
        return DataError(f"{both}: {_other_data(first, other)}; name one that suits both with --data, or {APART}")
    plain = [key for key in differing if not key.endswith("_hash")]
    if "extractor" in plain:  # all else of it follows
        plain = [key for key in plain if key in ("extractor", "real", "fake")]
    said = [f"{key} is {mine.get(key)} and {theirs.get(key)}" for key in plain]
    if not plain:
        said = [f"the {key.removesuffix('_hash')} of the same name has another content in each" for key in differing]
    wanted = "--extractor" if {"extractor", "extractor_hash"} & {*differing} else "--measures"
    found = f"{first.score.measure}: {', '.join(said)}"
    return DataError(f"{both} ({found}); name what suits both with {wanted}, or {APART}")


def _other_data(first: Taken, other: Taken) -> str:
    if first.data == other.data:
        return f"{first.data or 'the data'} has another content, or pictures of another size, in each"
    return f"{first.name} against {first.data or 'other data'} and {other.name} against {other.data or 'other data'}"


def _without_checkpoint(score: Score) -> Score:
    return replace(score, protocol={name: value for name, value in score.protocol.items() if name != "checkpoint"})


def _names(places: Sequence[Path]) -> list[str]:
    """Short names that tell the models apart."""
    short = [
        place.parent.absolute().name if place.name == "model.safetensors" else place.absolute().name for place in places
    ]
    return short if len(set(short)) == len(short) else [str(place) for place in places]


def _shown(name: str, place: Path, where: str | None, seed: int, checkpoint: str | None, found: Evaluation,
           opened: dict[str, Any]) -> report.Compared:  # fmt: skip
    side = open_side(place, where, SHOWN, checkpoint, **opened)
    model = side.model if isinstance(side, OfModel) else None
    sheet = look.picture(next(side.chunks(seed))[:SHOWN])
    images = found.about.get("images")
    facts = [("recipe", model.recipe.name if model else ""), ("model", str(found.about.get("checkpoint", "")))]
    facts += [("images seen", f"{images:,}" if isinstance(images, int) else ""), ("seed of the samples", str(seed))]
    facts += [("data", str(found.about.get("data", "")))]
    grid = png_bytes(sheet, model.provenance(seed=seed) if model else None)
    return report.Compared(name, [fact for fact in facts if fact[1]], grid)


def cell(score: Score | None, ahead: bool = False) -> str:
    """A number with its interval; bold where it is ``ahead``."""
    if score is None:
        return "-"
    value = f"**{score.value:.4g}**" if ahead else f"{score.value:.4g}"
    return f"{value} [{score.low:.4g}, {score.high:.4g}]"


def _floor_cell(line: Line) -> str:
    """What real samples get, and how many they were; "only" marks a count that is not the one of the models."""
    if line.floor is None:
        return "-"
    first = next(score for score in line.scores if score)
    only = "only " if fewer(line.floor, first) else ""
    return f"{cell(line.floor)} of {only}{line.floor.protocol['fake']:,}"
