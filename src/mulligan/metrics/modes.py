"""Mode coverage of toy points with known Gaussian modes (Srivastava et al. 2017; Lin et al. 2018).

Needs points. Modes found: higher is better. Good share: higher is better up to the 98.89 % of a perfect sampler in two
dimensions, beyond which samples lie too close to the centers. Total variation from equal mode shares: lower is better.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate, wilson
from mulligan.metrics._features import Features
from mulligan.metrics.label_shares import total_variation


@dataclass(frozen=True)
class Modes:
    """Points belong to their nearest center and are good within 3 ``deviation`` of it.

    A mode is found when its good points are at least ``least`` of its fair share.
    """

    centers: tuple[tuple[float, ...], ...]
    deviation: float
    least: float = 0.25
    resamples: int = 1000
    needs: ClassVar[frozenset[str]] = frozenset({"points"})
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"modes_found": "higher", "good_share": "higher", "mode_variation": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        """Judges ``fake`` alone: the modes are known."""
        nearest, good = self.assign(fake.values)
        count, modes, how = len(nearest), len(self.centers), {"modes": len(self.centers)}
        good_shares = np.bincount(nearest[good], minlength=modes) / count
        found = float((good_shares >= self.least / modes).sum())
        shares, fair = np.bincount(nearest, minlength=modes) / count, np.full(modes, 1 / modes)
        value = float(total_variation(shares, fair))
        spread = 1.96 * float(total_variation(random.multinomial(count, shares, self.resamples) / count, fair).std())
        rule = {"found": f"good points are at least {self.least:g} of the fair share"}
        bootstrap = {"interval": f"value +- 1.96 sd of {self.resamples} bootstrap resamples"}
        low, high, details = max(value - spread, 0.0), min(value + spread, 1.0), {"shares": shares.tolist()}
        return [
            Estimate("modes_found", found, found, found, how | rule, {"good shares": good_shares.tolist()}),
            Estimate("good_share", *wilson(good), how | {"interval": "Wilson"}),
            Estimate("mode_variation", value, low, high, how | bootstrap, details),
        ]

    def assign(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For points [n, d]: the index of the nearest center, and whether the point is good."""
        centers = np.asarray(self.centers, np.float64)
        squared = np.square(points[:, None].astype(np.float64) - centers).sum(-1)  # [n, modes]
        return squared.argmin(1), squared.min(1) <= (3 * self.deviation) ** 2
