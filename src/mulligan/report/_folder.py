"""What a run folder tells, read as leniently as can be: a page is wanted most when something went wrong."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mulligan.run import Run

SAMPLE = re.compile(r"(\d+)\.png")
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class Told:
    """The resolved recipe, the events in their order, and the sample grids by images seen."""

    name: str
    resolved: dict[str, Any]
    events: list[dict[str, Any]]
    samples: list[tuple[int, Path]]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """The events of these kinds."""
        return [event for event in self.events if event.get("event") in kinds]

    def section(self, name: str) -> dict[str, Any]:
        """A part of ``recipe.json``, empty where it is missing or something else."""
        part = self.resolved.get(name)
        return part if isinstance(part, dict) else {}

    @property
    def images(self) -> int:
        """Images shown to the critic so far."""
        return max((event["images"] for event in self.events if isinstance(event.get("images"), int)), default=0)


def read_folder(folder: Path) -> Told:
    """Read a run folder; RunError only when it is none."""
    run = Run.open(Path(folder))
    resolved = run.resolved()
    return Told(
        name=run.folder.resolve().name,
        resolved=resolved if isinstance(resolved, dict) else {},
        events=_events(run.log),
        samples=_samples(run.samples),
    )


def _events(log: Path) -> list[dict[str, Any]]:
    """Every line that can be read; `train.log.read` is the strict reader, which a resume needs."""
    if not log.is_file():
        return []
    events = []
    for line in log.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _samples(folder: Path) -> list[tuple[int, Path]]:
    found = [(SAMPLE.fullmatch(path.name), path) for path in folder.glob("*.png")]
    return sorted((int(match[1]), path) for match, path in found if match)


def as_number(value: Any) -> float | None:
    """A number as the log writes it (those that are not finite are strings there); None for anything else."""
    if isinstance(value, str):
        return NOT_FINITE.get(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
