"""Data in another range than the networks expect."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class WrongRange(Illness):
    """Real pictures use a sliver of the range from black to white, as when 0..1 was written where 0..255 was meant."""

    least: float = 0.05  # of the range

    ticks = 1
    explanation = "The data uses a sliver of the range from black to white. To the networks all of it looks the same."
    advice = "look at how the pictures were written: values from 0 to 1 must be multiplied by 255"

    def evidence(self, history: History) -> Evidence | None:
        """The range between the darkest and the brightest hundredth of the pixels."""
        used = history.setting.data.get("range")
        return {"used share of the range": used} if used is not None and used < self.least else None
