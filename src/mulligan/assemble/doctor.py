"""What the watch says of a run that is there, whether or not it was watched while it trained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mulligan.errors import RunError
from mulligan.run import Run
from mulligan.train import log
from mulligan.train.progress import changes
from mulligan.train.watch import NOTE, Finding, Setting, Watch

_NEEDED = 2  # ticks, before anything can be said


@dataclass(frozen=True)
class Diagnosis:
    """The findings over a run, the mulligans that it took, and how it ended or that it still goes on."""

    run: str
    ticks: int
    findings: tuple[Finding, ...]
    mulligans: tuple[dict[str, Any], ...]
    ended: str

    @property
    def is_healthy(self) -> bool:
        """Whether nothing but notes was found."""
        return all(finding.severity == NOTE for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return {
            "run": self.run,
            "ticks": self.ticks,
            "healthy": self.is_healthy,
            "findings": [finding.to_json() for finding in self.findings],
            "mulligans": list(self.mulligans),
            "ended": self.ended,
        }

    def __str__(self) -> str:
        lines = [f"{self.run}: {self.ticks} ticks, {self.ended}"]
        for finding in self.findings:
            lines += [
                "",
                f"{finding.illness} ({finding.severity}), after {finding.images:,} images",
                f"  {finding.explanation}",
                *([f"  seen: {finding.seen}"] if finding.evidence else []),
                f"  what to do: {finding.advice}",
            ]
        for taken in self.mulligans:
            went = f"back from {taken['found_at']:,} images to {taken['images']:,}"
            lines += ["", f"mulligan {taken['number']}, because of {taken['illness']}: {went}; {changes(taken)}"]
        return "\n".join([*lines, *([] if self.findings else ["", "Nothing is wrong that the watch knows of."])])


def doctor(where: Path) -> Diagnosis:
    """Read the log of a run; RunError where it holds too little.

    The rules are those of today, beside what was told then. What a mulligan left behind is in the file of discarded
    lines, and its evidence with the mulligan.
    """
    run = Run.open(where)
    events = log.read(run.log)
    ticks = sum(event.get("event") == "tick" for event in events)
    told = [Finding.from_json(event) for event in events if event.get("event") == "finding"]
    if ticks < _NEEDED and not told:
        raise RunError(f"{where} has {ticks} ticks in its log, too few for a diagnosis; expected {_NEEDED} or more")
    if not any("setting" in event for event in events):
        raise RunError(f"{where} was trained without the watch; train with --watch warn to have its signals in the log")
    seen = Watch(Setting.of(events)).over(events)
    known = {(finding.illness, finding.images) for finding in seen}
    every = [*seen, *(finding for finding in told if (finding.illness, finding.images) not in known)]
    last = next(event for event in reversed(events) if event.get("event") in ("start", "resume", "stop"))
    return Diagnosis(
        run=run.name,
        ticks=ticks,
        findings=tuple(sorted(every, key=lambda finding: finding.images)),
        mulligans=tuple(event for event in events if event.get("event") == "mulligan"),
        ended=f"stopped by {last['reason']}" if last["event"] == "stop" else "still going on, or cut off",
    )
