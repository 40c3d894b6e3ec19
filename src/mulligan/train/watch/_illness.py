"""What an illness is to the watch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mulligan.train.watch._finding import WARNING, Finding
from mulligan.train.watch._history import History

Evidence = Mapping[str, float]


@dataclass(frozen=True)
class Illness:
    """A file of this folder to each: thresholds as fields, `evidence` as the rule.

    ``ticks``: it is told once the evidence was there at so many ticks on end. ``explanation`` is two plain sentences.
    ``may_pass``: it may be an accident, so that the first remedy is for a while and not for good.
    """

    severity: ClassVar[str] = WARNING
    ticks: ClassVar[int] = 2
    may_pass: ClassVar[bool] = False
    explanation: ClassVar[str]
    advice: ClassVar[str]

    @classmethod
    def name(cls) -> str:
        """Its file's name, in words joined as one types them."""
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    def evidence(self, history: History) -> Evidence | None:
        """The numbers that speak for it at the newest tick, or None."""
        raise NotImplementedError

    def remedy(self, history: History) -> Mapping[str, float]:
        """Factors for numbers of the recipe that may help; none where a second chance would go the same way."""
        return {}

    def is_inborn(self, history: History) -> bool:
        """Whether the run seems to have had it from its first step, so that no checkpoint of it is healthy."""
        return False

    def advice_for(self, history: History) -> str:
        """What to change in this run: ``advice``, where it is the same for all."""
        return self.advice

    def finding(self, history: History, evidence: Evidence, since: int) -> Finding:
        """The finding for this evidence."""
        return Finding(
            illness=self.name(),
            severity=self.severity,
            images=history.images,
            since=since,
            evidence=evidence,
            explanation=self.explanation,
            advice=self.advice_for(history),
            remedy=self.remedy(history),
            is_inborn=self.is_inborn(history),
            may_pass=self.may_pass,
        )
