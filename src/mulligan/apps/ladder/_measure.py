"""The numbers of a run's last model by the rule of its rung; what the run has kept of an equal evaluation is taken."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mulligan.apps.evaluate import evaluate
from mulligan.apps.ladder._rungs import Rung
from mulligan.apps.ladder._runs import DEVICE, FINISHED, LadderRun, Standing
from mulligan.apps.model import Model, load
from mulligan.metrics import Score


@dataclass(frozen=True)
class Entry:
    """A run with its numbers, and those of real samples beside them; neither model nor numbers before it finished."""

    run: LadderRun
    standing: Standing
    model: Model | None = None
    scores: list[Score] = field(default_factory=list)
    floor: list[Score] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """Of the generator."""
        return self.model.backend.parameter_count(self.model.network) if self.model else 0


def measure(run: LadderRun, tell: Callable[[str], None], display: str = "auto") -> Entry:
    """Score a finished run; an unfinished or failed one has its standing alone."""
    standing, rung = run.standing, run.rung
    if standing.state != FINISHED:
        return Entry(run, standing)
    tell(f"measuring  {run}")
    words: dict[str, Any] = {"samples": rung.samples, "device": DEVICE, "display": display, "reuse": True}
    found = [
        evaluate(run.folder, run.place, extractor=extractor, measures=measures, **words)
        for extractor, measures in rung.measures
    ]
    scores = [_counted(score, rung) for one in found for score in one.scores]
    floor = [_counted(score, rung) for one in found for score in one.floor or ()]
    return Entry(run, standing, load(run.folder, device=DEVICE), scores, floor)


def _counted(score: Score, rung: Rung) -> Score:
    """The modes that are found by the rule of the rung, in place of the measure's own."""
    if score.measure != "modes_found":
        return score
    found = float(sum(share >= rung.least for share in score.details["good shares"]))
    protocol = score.protocol | {"found": f"good points are at least {rung.least:g} of all"}
    return replace(score, value=found, low=found, high=found, protocol=protocol)
