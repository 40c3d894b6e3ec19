"""How many samples of each side a measure looks at, and which ones."""

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._features import Features


def common_count(real: Features, fake: Features, most: int, least: int, who_needs: str) -> int:
    """As many samples as both sides have, at most ``most``; DataError where they are fewer than ``least``."""
    count = min(len(real.values), len(fake.values), most)
    if count < least:
        raise DataError(f"{who_needs} at least {least} samples on each side; there are {count}")
    return count


def subset(values: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """``count`` of the features [n, d] in float64, all of them where there are no more."""
    chosen = values if len(values) <= count else values[random.choice(len(values), count, replace=False)]
    return chosen.astype(np.float64)
