"""Pictures of what a recipe made: points over the modes they should lie on, seeds side by side, or a grid."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mulligan.apps.ladder._measure import Entry
from mulligan.apps.ladder._runs import LadderRun
from mulligan.apps.model import Model
from mulligan.assemble import look
from mulligan.assemble.judge import real_side
from mulligan.codecs import save_png
from mulligan.metrics.modes import Modes

SIDE, GAP = 480, 8  # pixels of a panel, and between two
POINTS = 2_000  # drawn, of those that are counted
SHOWN = 64  # pictures
GOOD, BAD, MODE, MISSED = (24, 90, 160), (200, 60, 40), (150, 150, 150), (230, 140, 0)


def draw(path: Path, entries: Sequence[Entry]) -> bool:
    """Draw the finished runs of a recipe on one PNG; False where there is none."""
    models = [entry.model for entry in entries if entry.model]
    if not models:
        return False
    run = entries[0].run
    if (rung := run.rung).is_points:
        modes = _truth(run, models[0])
        sheet = _side_by_side([_panel(model.generate(rung.samples), modes, rung.least) for model in models])
    else:
        sheet = look.picture(models[0].generate(SHOWN))
    save_png(path, sheet, models[0].provenance(seed=0))
    return True


def _truth(run: LadderRun, model: Model) -> Modes:
    truth = real_side(run.place, model.codec, "train").modes
    return Modes(centers=tuple(map(tuple, truth.centers)), deviation=truth.deviation)


def _panel(points: np.ndarray, modes: Modes, least: float) -> np.ndarray:
    """Points [n, 2] as dots, red outside of 3 deviations; circles of 3 deviations, orange where a mode is missed."""
    nearest, good = modes.assign(points)
    shares = np.bincount(nearest[good], minlength=len(modes.centers)) / len(points)
    reach = np.abs(modes.centers).max() + 12 * modes.deviation
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen, radius = ImageDraw.Draw(image), 3 * modes.deviation / reach * SIDE / 2
    for (x, y), share in zip(_pixels(np.array(modes.centers), reach), shares, strict=True):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=MODE if share >= least else MISSED)
    for (x, y), is_good in zip(_pixels(points[:POINTS], reach), good[:POINTS], strict=True):
        pen.rectangle((x, y, x + 1, y + 1), fill=GOOD if is_good else BAD)
    return np.asarray(image)


def _pixels(points: np.ndarray, reach: float) -> np.ndarray:
    """Places on a panel, whose second axis points down."""
    return (points * (1, -1) / reach + 1) * SIDE / 2


def _side_by_side(panels: list[np.ndarray]) -> np.ndarray:
    gap = np.full((SIDE, GAP, 3), 210, np.uint8)
    return np.concatenate([part for panel in panels for part in (gap, panel)][1:], axis=1)
