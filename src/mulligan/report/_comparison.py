"""The page of a comparison: the samples of several models side by side, and one table of their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mulligan import disk
from mulligan.errors import RunError
from mulligan.report._pictures import embedded
from mulligan.report._scores import NOT_PART_OF_THE_STAMP, common, count_of, own_text, protocol_text, score_of, title_of
from mulligan.report._template import template

_MARK = b'<p class="brand">Mulligan <span>comparison</span></p>'  # what every such page has, and no other file


@dataclass(frozen=True)
class Compared:
    """A model on the page; ``grid`` is a PNG file of samples, ``facts`` are names and values below it."""

    name: str
    facts: Sequence[tuple[str, str]]
    grid: bytes


def refuse_place(path: Path) -> None:
    """RunError for a name that is not that of a page, and for a file that the page would be the end of."""
    if path.suffix.lower() != ".html":
        raise RunError(f"{path} is no name of a page; expected one that ends in .html: type --out {path.stem}.html")
    if path.exists() and not (path.is_file() and _MARK in path.read_bytes()):
        raise RunError(f"{path} exists and is no page of a comparison; choose another --out, or move it away")


def write_comparison(
    path: Path, models: Sequence[Compared], rows: Sequence[dict[str, Any]], notes: Sequence[str]
) -> Path:
    """Write the page to ``path``; RunError where that cannot be.

    A row has the ``scores`` of a measure, as JSON, in the order of the models (None where there is none), which of them
    are ``ahead``, and the score of real samples as ``floor``.
    """
    protocols = [score.get("protocol") for row in rows for score in row["scores"] if score]
    shared = {name: value for name, value in common(protocols).items() if name not in NOT_PART_OF_THE_STAMP}
    page = template("comparison.html").render(
        title=" and ".join([", ".join(model.name for model in models[:-1]), models[-1].name]),
        models=[(model, embedded(0, model.grid, "large")) for model in models],
        rows=[_row(row, shared) for row in rows],
        protocol=protocol_text(shared),
        notes=list(notes),
    )
    disk.atomically(path, page.encode())
    return path


def _row(row: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    first = next(score for score in row["scores"] if score)
    how = own_text(first, shared | dict.fromkeys(NOT_PART_OF_THE_STAMP))
    extractor = "" if "extractor" in shared else row["extractor"]
    cells = [(score and score_of(score, 0), ahead) for score, ahead in zip(row["scores"], row["ahead"], strict=True)]
    floor = score_of(row["floor"], 0) if row["floor"] else None
    return {
        "title": title_of(first),
        "extractor": extractor,
        "better": first["better"],
        "how": how,
        "cells": cells,
        "floor": floor,
        "floor_count": count_of(row["floor"], first),
    }
