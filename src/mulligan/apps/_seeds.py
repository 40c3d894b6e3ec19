"""One number out of those of several sample seeds: their mean, and how far it can be trusted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mulligan.metrics import Score


def over_seeds(scores: Sequence[list[Score]], seeds: Sequence[int]) -> list[Score]:
    """The mean of each measure with Student's 95 % interval; ``details`` keep each seed's number and their deviation.

    A measure that one seed could not take is left out.
    """
    if len(scores) == 1:
        return scores[0]
    by_seed = [{score.measure: score for score in one} for one in scores]
    return [
        _mean([found[name] for found in by_seed], seeds)
        for name in by_seed[0]
        if all(name in found for found in by_seed)
    ]


def _mean(scores: Sequence[Score], seeds: Sequence[int]) -> Score:
    from scipy.special import stdtrit  # a third of a second, for what few commands want

    values = np.array([score.value for score in scores])
    mean, deviation, count = float(values.mean()), float(values.std(ddof=1)), len(values)
    half = float(stdtrit(count - 1, 0.975)) * deviation / np.sqrt(count)
    first = scores[0]
    how = {"interval": f"mean of {count} sample seeds +- Student's 97.5 % quantile * sd / sqrt({count})"}
    each = [_of_seed(seed, score) for seed, score in zip(seeds, scores, strict=True)]
    details: dict[str, Any] = {"sd over seeds": deviation, "seeds": each}
    if "closest" in first.details:  # places among the samples of the first seed, which are those that are shown
        details["closest"] = first.details["closest"]
    return replace(first, value=mean, low=mean - half, high=mean + half, protocol=first.protocol | how, details=details)


def _of_seed(seed: int, score: Score) -> dict[str, Any]:
    return {"seed": seed, "value": score.value, "low": score.low, "high": score.high}
