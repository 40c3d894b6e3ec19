"""What the watch says: a name, the evidence, two sentences, and what to change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

NOTE, WARNING, SEVERE = "note", "warning", "severe"  # severe: the run will not get better by itself


@dataclass(frozen=True)
class Finding:
    """An illness of a run; ``since`` and ``images`` say from when to when it was seen before it was told.

    ``remedy`` maps numbers of the recipe, by their dotted names, to the factors that may help. ``is_inborn`` says that
    the run had it from its first step, and ``may_pass`` that it may have been an accident, which will not come again.
    """

    illness: str
    severity: str
    images: int
    since: int
    evidence: Mapping[str, float]
    explanation: str
    advice: str
    remedy: Mapping[str, float] = field(default_factory=dict)
    is_inborn: bool = False
    may_pass: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self) | {"evidence": dict(self.evidence), "remedy": dict(self.remedy)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Finding":
        """A finding as an event of the log has it; what the event says besides is left aside."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    @property
    def seen(self) -> str:
        """The evidence in words."""
        return ", ".join(f"{name} {value:.3g}" for name, value in self.evidence.items())

    def __str__(self) -> str:
        seen = f" Seen: {self.seen}." if self.evidence else ""
        return f"{self.severity}: {self.illness}. {self.explanation}{seen} What to do: {self.advice}."
