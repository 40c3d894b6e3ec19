"""What a measure returns: a number with its interval, and how both were made."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """One number with a 95 % interval.

    ``how`` holds the choices that a protocol has to name (equal for every model that is measured so); ``details`` what
    else was seen (different for every model).
    """

    measure: str
    value: float
    low: float
    high: float
    how: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


def wilson(hits: np.ndarray, together: int = 1) -> tuple[float, float, float]:
    """The share of True in ``hits`` with Wilson's 95 % interval, which stays within 0 and 1 and is never empty.

    Of hits that come ``together``, so many are one case.
    """
    count, share, z = len(hits) / together, float(np.mean(hits)), 1.96
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return share, max(0.0, min(share, float(middle - half))), min(1.0, max(share, float(middle + half)))
