"""Every measure over one pass of features, each number stamped with how it was measured."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._catalogue import ASKED_FOR, Measure, measures
from mulligan.metrics._features import Extractor, Features, extract
from mulligan.metrics._score import Score
from mulligan.metrics.frechet import Frechet

ENOUGH = 2000
WANTED = {
    "held_out": "real samples that were kept from training; give data with a test split",
    "labels": "labels on both sides; take a model and data that have them",
    "probabilities": "class probabilities, which this extractor does not give; type --extractor trained where the real "
    "data has labels, else --extractor inception",
    "raw": "pictures as they are, and points have none; of points type frechet, of toy data modes_found or good_share",
}
Batches = Iterable[np.ndarray] | Features


def score(real: Batches, fake: Batches, extractor: Extractor, *, only: Sequence[Measure] | None = None, seed: int = 0,
          real_name: str = "real", protocol: dict[str, Any] | None = None,
          progress: Callable[[int], None] | None = None) -> list[Score]:  # fmt: skip
    """Score fake pictures against real ones: batches of uint8 [n, h, w, c], or features extracted before.

    ``only`` are the measures to take (by default all that the samples can feed, see ``score_features``), ``seed``
    decides their resampling, ``real_name`` says what the real side is ("digits train"), and ``protocol`` is added to
    every stamp (the checkpoint rule, the seed of the samples). DataError when a side is empty or no batch of pictures.
    """
    sides = [side if isinstance(side, Features) else extract(side, extractor, progress) for side in (real, fake)]
    about = {"extractor": extractor.name, "extractor_hash": extractor.hash, "resizer": extractor.resizer}
    return score_features(*sides, only=only, seed=seed, real_name=real_name, protocol=about | (protocol or {}))


def score_features(real: Features, fake: Features, *, only: Sequence[Measure] | None = None, seed: int = 0,
                   real_name: str = "real", protocol: dict[str, Any] | None = None) -> list[Score]:  # fmt: skip
    """Score features, or points as they are: ``Features(points)`` with ``only=[Modes(...)]`` needs no extractor.

    Where no measure was asked for, those that need more samples than there are get left out; only the Frechet distance,
    which decides between models, never is. DataError else.
    """
    stamp = (protocol or {}) | {"real": f"{real_name} ({len(real.values)})", "fake": len(fake.values), "seed": seed}
    few = min(len(real.values), len(fake.values))
    if few < ENOUGH:
        biased = f"with {few} samples, fewer than {ENOUGH}, Frechet distances are biased upwards"
        stamp["warning"] = f"{biased}; compare at equal counts only"
    found = []
    for measure in _chosen(only, real, fake):
        try:
            found += _take(measure, real, fake, seed, stamp)
        except DataError:
            if only is not None or isinstance(measure, Frechet):
                raise
    return found


def fitting(real: Features, fake: Features) -> list[type[Measure]]:
    """The measures that these features can feed."""
    return [kind for kind in measures().values() if not _missing(kind, real, fake)]


def _chosen(only: Sequence[Measure] | None, real: Features, fake: Features) -> Sequence[Measure]:
    if only is None:
        return [kind() for kind in fitting(real, fake)]
    for measure in only:
        if missing := _missing(type(measure), real, fake) - ASKED_FOR:
            raise DataError(f"{type(measure).__name__} needs {WANTED[min(missing)]}")
    return only


def _missing(kind: type[Measure], real: Features, fake: Features) -> frozenset[str]:
    """What a measure needs and does not get."""
    return kind.needs - real.known.intersection(fake.known | {"held_out"})


def _take(measure: Measure, real: Features, fake: Features, seed: int, stamp: dict[str, Any]) -> list[Score]:
    # Seeded anew for each measure, so that a number does not depend on which others were asked for.
    found = measure(real, fake, np.random.default_rng(seed))
    stamp = stamp | {"settings": settings(measure)}
    return [
        Score(one.measure, one.value, one.low, one.high, measure.better[one.measure], stamp | one.how, one.details)
        for one in found
    ]


def settings(measure: Measure) -> str:
    """The version of a measure's formula and its own numbers; what is long, as the centers of modes, by its hash."""
    numbers = {"version": getattr(measure, "version", 1)} | asdict(measure)  # type: ignore[call-overload]
    told = {name: json.dumps(value, default=float) for name, value in numbers.items()}
    return ", ".join(f"{name} {_short(text)}" for name, text in told.items())


def _short(text: str) -> str:
    return text if len(text) <= 40 else hashlib.sha256(text.encode()).hexdigest()[:12]
