"""Evaluations in the folder of their run: found again by what was asked for, and shown on the run's page."""

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from mulligan import report
from mulligan.apps._evaluation import Evaluation
from mulligan.apps._side import OfModel, Side
from mulligan.assemble.judge import spread
from mulligan.codecs import grid, save_png
from mulligan.errors import RunError
from mulligan.metrics import Score
from mulligan.run import EVALUATIONS, Run

PAIRS = 8  # shown at most


def read(run: Run, about: dict[str, Any]) -> Evaluation | None:
    """What was found for this model and these words; None where nothing was, or where it cannot be read."""
    path = run.folder / EVALUATIONS / f"{_name(about)}.json"
    try:
        found = Evaluation.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = all(found.about.get(name) == value for name, value in about.items())
    return replace(found, what=run.name) if same else None


def write(run: Run, found: Evaluation, side: Side, real: Any, seed: int) -> Evaluation:
    """Keep an evaluation and the pictures that belong to it; a folder that takes nothing costs a notice alone."""
    name = _name(found.about)
    try:
        run.write_json(f"{EVALUATIONS}/{name}.json", found.to_json())
        sheet = run.folder / EVALUATIONS / f"{name}.png"
        sheet.unlink(missing_ok=True)
        if isinstance(side, OfModel) and len(real.shape) == 3 and (places := pairs(found.scores)):
            save_png(sheet, _sheet(places, side, real, seed), side.model.provenance(seed=seed))
        report.write_report(run.folder)
    except (RunError, OSError) as error:
        return replace(found, notices=[*found.notices, f"the evaluation is not kept in the run: {error}"])
    return found


def pairs(scores: list[Score]) -> list[tuple[int, int]]:
    """The places of samples and of the training pictures that they are nearest to, the nearest first."""
    for score in scores:
        with suppress(TypeError, ValueError, KeyError):
            return [(int(fake), int(real)) for fake, real, *_ in score.details["closest"]][:PAIRS]
    return []


def _sheet(places: list[tuple[int, int]], side: OfModel, real: Any, seed: int) -> np.ndarray:
    """A column to a pair: the sample above, the training picture below."""
    chosen = spread(real, len(real))
    fakes = [side.one(seed, fake) for fake, _ in places]
    reals = [real.read(chosen[place : place + 1])["real"] for _, place in places]
    return grid(np.concatenate([*fakes, *reals]), columns=len(places))


def _name(about: dict[str, Any]) -> str:
    """The same for the same words, so that the newest evaluation of a run that went on takes the place of the old."""
    asked = {name: value for name, value in about["request"].items() if name != "best"}
    digits = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
    return f"{about['checkpoint']}-{digits}"
