"""What the watch found in a run, as the page shows it."""

from dataclasses import dataclass
from typing import Any

from mulligan.report._axis import exact
from mulligan.report._folder import Told, as_number

TOLD_HERE = ("finding", "mulligan")


@dataclass(frozen=True)
class Found:
    """One finding; ``seen`` is its evidence in words."""

    illness: str
    severity: str
    images: int
    explanation: str
    advice: str
    seen: str


@dataclass(frozen=True)
class Taken:
    """One mulligan; ``changes`` in words."""

    number: int
    illness: str
    found_at: str
    images: str
    changes: str
    explanation: str


def findings(told: Told) -> list[Found]:
    """All findings, oldest first."""
    return [
        Found(
            illness=str(event.get("illness", "")),
            severity=str(event.get("severity", "")),
            images=int(as_number(event.get("images")) or 0),
            explanation=str(event.get("explanation", "")),
            advice=str(event.get("advice", "")),
            seen=_words(event.get("evidence"), " "),
        )
        for event in told.of("finding")
    ]


def mulligans(told: Told) -> list[Taken]:
    """All mulligans, oldest first."""
    return [
        Taken(
            number=int(as_number(event.get("number")) or 0),
            illness=str(event.get("illness", "")),
            found_at=f"{int(as_number(event.get('found_at')) or 0):,}",
            images=f"{int(as_number(event.get('images')) or 0):,}",
            changes=_changes(event),
            explanation=str(event.get("explanation", "")),
        )
        for event in told.of("mulligan")
    ]


def _changes(event: dict[str, Any]) -> str:
    changes, becomes = event.get("changes"), event.get("becomes")
    told = becomes if isinstance(becomes, dict) else {}
    factors = {name: x for name, x in changes.items() if name not in told} if isinstance(changes, dict) else {}
    words = [text for text in (_words(factors, " x "), _words(becomes, " to ")) if text]
    return (", ".join(words) or "nothing changed") + _until(event)


def _until(event: dict[str, Any]) -> str:
    images = as_number(event.get("until"))
    return "" if images is None else f", until {int(images):,} images"


def _words(numbers: Any, between: str) -> str:
    pairs = numbers.items() if isinstance(numbers, dict) else ()
    return ", ".join(
        f"{name}{between}{exact(number)}" for name, value in pairs if (number := as_number(value)) is not None
    )
