"""How good a run is so far, and whether it still gets better."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """The best of the deciding scores; part of the state that a checkpoint keeps."""

    best: float | None = None
    best_images: int = 0
    scores_without_gain: int = 0

    def after(self, value: float, *, better: str, images: int) -> "Standing":
        """The standing after one more score; ``better`` is "lower" or "higher"."""
        if math.isfinite(value) and (
            self.best is None or (value > self.best if better == "higher" else value < self.best)
        ):
            return Standing(value, images)
        return Standing(self.best, self.best_images, self.scores_without_gain + 1)

    def given_up(self, patience: int | None) -> str | None:
        """Why to stop, where so many scores brought nothing better."""
        return "no more gain" if patience is not None and self.scores_without_gain >= patience else None
