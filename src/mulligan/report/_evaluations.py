"""The evaluations that a run keeps: a table for each extractor, with the last model, the best one and real data."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mulligan.report._pictures import Picture, load
from mulligan.report._scores import Score, common, count_of, own_text, protocol_text, score_of, stamp_digits, title_of
from mulligan.run import EVALUATIONS

SHOWN = 6  # tables at most, the newest ones
COLUMNS = ("last", "best")
COPIES = "More of them are this near than chance allows: the model returns training pictures."
NO_COPIES = "No more of them are this near than chance allows."


@dataclass(frozen=True)
class Row:
    """One measure; ``cells`` are the numbers of the columns, None where there is none, ``how`` its own protocol."""

    title: str
    better: str
    stamp: str
    how: str
    cells: Sequence[Score | None]
    floor: Score | None
    floor_count: str


@dataclass(frozen=True)
class Table:
    """The numbers of one extractor; ``columns`` are name and images of the models."""

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Row]
    protocol: str
    notes: Sequence[str]
    closest: Picture | None
    copies: str


def evaluations(folder: Path) -> list[Table]:
    """What the files of a run's folder tell; those that cannot be read are passed over."""
    asked: dict[str, dict[str, dict[str, Any]]] = {}
    for found in _read(folder / EVALUATIONS):
        models = asked.setdefault(_request(found), {})
        models.setdefault(str(found["about"].get("checkpoint")), found)
    return [table for models in asked.values() for table in _tables(models)][:SHOWN]


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    """The newest first."""
    dated = [(path.stat().st_mtime_ns, path) for path in folder.glob("*.json")]
    for _, path in sorted(dated, reverse=True):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and isinstance(found.get("about"), dict):
            found["sheet"] = path.with_suffix(".png")
            yield found


def _request(found: dict[str, Any]) -> str:
    request = found["about"].get("request")
    asked = {k: v for k, v in request.items() if k != "best"} if isinstance(request, dict) else request
    return json.dumps(asked, sort_keys=True)


def _tables(models: dict[str, dict[str, Any]]) -> Iterator[Table]:
    """One for each extractor, from the evaluations of several models by their checkpoint."""
    main = models.get("last") or next(iter(models.values()))
    for extractor in dict.fromkeys(map(_extractor, _list(main, "scores"))):
        columns = {name: _of(extractor, found, "scores") for name, found in models.items()}
        if "last" in columns:
            columns.setdefault("best", _of(extractor, models["last"], "best"))
        columns = {name: columns[name] for name in dict.fromkeys([*COLUMNS, *columns]) if columns.get(name)}
        yield _table(extractor, main, models, columns)


def _table(extractor: str, main: dict[str, Any], models: dict, columns: dict[str, dict[str, Any]]) -> Table:
    floors, first = _of(extractor, main, "floor"), _of(extractor, main, "scores")
    shared = common([score.get("protocol") for score in first.values()])
    told = {name: value for name, value in shared.items() if name not in ("checkpoint", "extractor")}
    rows = [_row(score, shared, list(columns.values()), floors.get(name)) for name, score in first.items()]
    images = {"best": main["about"].get("best_images")} | {name: m["about"].get("images") for name, m in models.items()}
    near = _dict(_dict(first.get("memorization")).get("details"))
    return Table(
        title=extractor,
        columns=[(name, _count(images.get(name))) for name in columns],
        rows=[row for row in rows if any(row.cells)],
        protocol=protocol_text(told),
        notes=[*(f"{name}: {why}" for name, why in _dict(main.get("left_out")).items()), *_lines(main)],
        closest=load(0, main["sheet"], "large") if near.get("closest") else None,
        copies=COPIES if near.get("copies") is True else NO_COPIES if near.get("copies") is False else "",
    )


def _row(score: dict[str, Any], shared: dict[str, Any], columns: list[dict[str, Any]], floor: Any) -> Row:
    name, stamp = str(score.get("measure")), stamp_digits(score)
    same = [column.get(name) for column in columns]
    cells = [score_of(one, 0) if one and stamp_digits(one) == stamp else None for one in same]
    real = score_of(floor, 0) if floor else None
    better, count = str(score.get("better", "")), count_of(floor, score)
    return Row(title_of(score), better, stamp, own_text(score, shared), cells, real, count)


def _count(images: Any) -> int:
    return images if isinstance(images, int) else 0


def _of(extractor: str, found: dict[str, Any], name: str) -> dict[str, Any]:
    """The numbers of an extractor by their measure."""
    return {str(score.get("measure")): score for score in _list(found, name) if _extractor(score) == extractor}


def _extractor(score: dict[str, Any]) -> str:
    return str(_dict(score.get("protocol")).get("extractor"))


def _lines(found: dict[str, Any]) -> list[str]:
    why = found.get("why_no_floor")
    return [f"Without real samples beside it: {why}"] if why else []


def _list(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = found.get(name)
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
