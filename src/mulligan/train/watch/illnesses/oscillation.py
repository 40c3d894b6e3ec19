"""Quality that swings."""

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class Oscillation(Illness):
    """The scores rise and fall again and again by more than their trend explains."""

    scores: int = 5  # newest ones that are looked at
    most: float = 0.4  # typical change from one score to the next, in logarithms
    late: float = 0.3  # share of the budget

    ticks = 1
    explanation = "Quality goes up and down without getting better. The two networks chase each other in a circle."
    advice = "lower both learning rates, raise the penalties, or lengthen the average: --set ema_half_life_images=20000"

    def evidence(self, history: History) -> Evidence | None:
        """The typical size of the swings of the distance to the data, where they change direction most times."""
        values = history.scored("frechet")[-self.scores :]
        if len(values) < self.scores or history.share < self.late or not all(value > 0 for value in values):
            return None
        if any(_overlap(*pair) for pair in pairwise(history.intervals("frechet")[-self.scores :])):
            return None  # what goes up and down is the count of samples
        changes = [math.log(b / a) for a, b in pairwise(values)]
        turns = sum(a * b < 0 for a, b in pairwise(changes))
        swing = statistics.median(map(abs, changes))
        return {"typical swing": swing} if swing > self.most and turns >= len(changes) - 2 else None


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two intervals have something in common."""
    return max(one[0], other[0]) <= min(one[1], other[1])
