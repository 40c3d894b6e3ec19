"""The scores of a run, by measure and protocol: numbers with different stamps are never put in one curve."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mulligan.report._axis import exact
from mulligan.report._chart import Chart, Series
from mulligan.report._folder import as_number

TITLES = {
    "frechet": "Fréchet distance",
    "kernel": "Kernel distance",
    "precision": "Precision",
    "recall": "Recall",
    "label_variation": "Variation of the label shares",
    "classes_found": "Classes found",
    "modes_found": "Modes found",
    "good_share": "Share of good points",
    "mode_variation": "Variation of the mode shares",
    "density": "Density",
    "coverage": "Coverage",
    "frechet_infinity": "Fréchet distance for endless samples",
    "inception_score": "Inception score",
    "label_frechet": "Fréchet distance by class",
    "label_accuracy": "Label accuracy",
    "mode_kl": "Divergence of the mode shares",
    "modes_seen": "Modes seen",
    "memorization": "Memorization",
    "near_duplicates": "Near-duplicates",
    "critic_accuracy": "Accuracy of a fresh critic",
    "sharpness_gap": "Distance in sharpness",
    "ms_ssim": "Likeness of pairs (MS-SSIM)",
    "sliced_wasserstein": "Sliced Wasserstein distance",
    "classification_accuracy": "Accuracy of a classifier trained on the samples",
    "path_length": "Perceptual path length",
}
NOT_PART_OF_THE_STAMP = ("checkpoint",)


@dataclass(frozen=True)
class Score:
    """One number with its interval, after so many images."""

    images: int
    value: float
    low: float | None
    high: float | None

    @property
    def text(self) -> str:
        """The number."""
        return exact(self.value)

    @property
    def interval(self) -> str:
        """The interval, or nothing."""
        return "" if self.low is None or self.high is None else f"{exact(self.low)} to {exact(self.high)}"


@dataclass(frozen=True)
class Measure:
    """All scores of one measure under one protocol; ``protocol`` is that part of it that others do not share."""

    title: str
    better: str
    protocol: str
    scores: Sequence[Score]
    floor: Score | None

    @property
    def last(self) -> Score:
        """The newest score."""
        return self.scores[-1]

    @property
    def best(self) -> Score:
        """The best score; the first of equals."""
        finite = [score for score in self.scores if math.isfinite(score.value)] or [self.last]
        return (max if self.better == "higher" else min)(finite, key=lambda score: score.value)

    @property
    def chart(self) -> Chart:
        """The scores over images with their intervals and the floor."""
        points = [(float(score.images), score.value) for score in self.scores]
        bands = [(float(s.images), s.low, s.high) for s in self.scores if s.low is not None and s.high is not None]
        return Chart(
            self.title,
            [Series(self.title, points, bands)],
            note=f"{self.better} is better" if self.better else "",
            level=self.floor.value if self.floor else None,
            level_name="real against real",
            dots=True,
        )


def measures(events: Sequence[dict[str, Any]]) -> tuple[list[Measure], str]:
    """The measures of these score events, those of the newest one first in its order, and what all protocols share."""
    grouped: dict[str, list[tuple[Score, dict[str, Any]]]] = {}
    newest: list[str] = []
    for event in events:
        stamps = []
        for score in event.get("scores") or ():
            if isinstance(score, dict) and (number := score_of(score, event.get("images", 0))):
                stamps.append(_stamp(score))
                grouped.setdefault(stamps[-1], []).append((number, score))
        newest = stamps or newest
    order = newest + [stamp for stamp in grouped if stamp not in newest]
    shared = common([grouped[stamp][-1][1].get("protocol") for stamp in order])
    return [_measure(grouped[stamp], shared) for stamp in order], protocol_text(shared)


def _measure(entries: list[tuple[Score, dict[str, Any]]], shared: dict[str, Any]) -> Measure:
    newest = entries[-1][1]
    return Measure(
        title=title_of(newest),
        better=str(newest.get("better", "")),
        protocol=own_text(newest, shared),
        scores=[score for score, _ in entries],
        floor=_floor(newest.get("floor")),
    )


def title_of(score: dict[str, Any]) -> str:
    """What a measure is called on a page."""
    name = str(score.get("measure", "score"))
    return TITLES.get(name, name.replace("_", " ").capitalize())


def common(protocols: Sequence[Any]) -> dict[str, Any]:
    """The entries that all protocols have alike."""
    found = [protocol if isinstance(protocol, dict) else {} for protocol in protocols]
    first = found[0] if found else {}
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in found)}


def own_text(score: dict[str, Any], shared: dict[str, Any]) -> str:
    """What a score's protocol says beside what others share."""
    protocol = score.get("protocol")
    if not isinstance(protocol, dict):
        return protocol_text(protocol)
    return protocol_text({name: value for name, value in protocol.items() if name not in shared})


def score_of(score: dict[str, Any], images: Any) -> Score | None:
    """A number as a score event writes it; None where it is none."""
    value = as_number(score.get("value"))
    if value is None or not isinstance(images, int):
        return None
    return Score(images, value, as_number(score.get("low")), as_number(score.get("high")))


def count_of(floor: Any, score: dict[str, Any]) -> str:
    """Of how many samples a floor is, as its protocol says it, "only" where the score beside it is of more."""
    count, beside = _count(floor), _count(score)
    if count is None:
        return ""
    return f"of only {count:,}" if beside is not None and count < beside else f"of {count:,}"


def _count(score: Any) -> int | None:
    protocol = score.get("protocol") if isinstance(score, dict) else None
    count = protocol.get("fake") if isinstance(protocol, dict) else None
    return count if isinstance(count, int) else None


def _floor(floor: Any) -> Score | None:
    """What real data gets against other real data: a number, or a score of its own."""
    found = score_of(floor if isinstance(floor, dict) else {"value": floor}, 0)
    return found if found and math.isfinite(found.value) else None


def _stamp(score: dict[str, Any]) -> str:
    protocol = score.get("protocol")
    kept = (
        {k: v for k, v in protocol.items() if k not in NOT_PART_OF_THE_STAMP}
        if isinstance(protocol, dict)
        else protocol
    )
    return json.dumps([score.get("measure"), kept], sort_keys=True)


def stamp_digits(score: dict[str, Any]) -> str:
    """Twelve digits that are equal for numbers measured alike, of whichever model of a run."""
    return hashlib.sha256(_stamp(score).encode()).hexdigest()[:12]


def protocol_text(protocol: Any) -> str:
    """How something was measured, on a line."""
    if not isinstance(protocol, dict):
        return str(protocol or "")
    values = {name: str(value)[:8] if name.endswith("hash") else value for name, value in protocol.items()}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items() if value not in (None, ""))
