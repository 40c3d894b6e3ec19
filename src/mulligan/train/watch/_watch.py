"""The watch itself: every illness is looked for at every tick."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mulligan.train.watch._finding import SEVERE, Finding
from mulligan.train.watch._history import History, Setting
from mulligan.train.watch._illness import Illness
from mulligan.train.watch.illnesses import illnesses


class Watch:
    """Takes the events of a run as they come, and returns each finding once: anew only when it went away between.

    A function of the events alone, so that a log that is read afterwards tells what the run was told.
    """

    def __init__(self, setting: Setting, looked_for: Sequence[Illness] | None = None) -> None:
        self.history = History(setting)
        self._looked_for = illnesses() if looked_for is None else tuple(looked_for)
        self._since: dict[str, list[int]] = {}  # images at each tick of evidence on end, by illness

    def after(self, event: Mapping[str, Any]) -> list[Finding]:
        """What is newly found after one more event of the log."""
        if event.get("event") == "mulligan":
            self._since.clear()  # what was seen so far has been acted on
        if event.get("event") == "score":
            self.history.scores.append(event)
        if event.get("event") != "tick":
            return []
        self.history.ticks.append(event)
        return [finding for illness in self._looked_for if (finding := self._look_for(illness))]

    def over(self, events: Iterable[Mapping[str, Any]]) -> list[Finding]:
        """What was found over all these events."""
        return [finding for event in events for finding in self.after(event)]

    def standing(self) -> list[Finding]:
        """What was told and is still so at the newest tick."""
        told = [(each, self._since.get(each.name(), [])) for each in self._looked_for]
        return [
            each.finding(self.history, each.evidence(self.history) or {}, seen[0])
            for each, seen in told
            if len(seen) >= each.ticks
        ]

    @property
    def is_suspicious(self) -> bool:
        """Whether something severe is seen at this very tick, told or not yet."""
        severe = {illness.name() for illness in self._looked_for if illness.severity == SEVERE}
        return bool(severe & self._since.keys())

    def _look_for(self, illness: Illness) -> Finding | None:
        name, evidence = illness.name(), illness.evidence(self.history)
        if not evidence:
            self._since.pop(name, None)
            return None
        seen = self._since.setdefault(name, [])
        seen.append(self.history.images)
        return illness.finding(self.history, evidence, seen[0]) if len(seen) == illness.ticks else None
