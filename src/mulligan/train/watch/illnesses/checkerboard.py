"""A checkerboard over the samples."""

from dataclasses import dataclass

from mulligan.train.watch._finding import NOTE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class Checkerboard(Illness):
    """Far more power at the finest frequency than in the data (Odena et al. 2016)."""

    most: float = 6.0
    late: float = 0.4  # share of the budget

    severity = NOTE
    ticks = 4
    explanation = "The samples have a regular pattern of single pixels. It comes from upsampling whose strides overlap."
    advice = "use networks that upsample and then convolve, for instance --recipe r3gan-tiny"

    def evidence(self, history: History) -> Evidence | None:
        """Power at the finest frequency beside that of other fine detail, both held against the data's."""
        board = history.signal("samples/checkerboard")
        return {"power of the finest frequency": board} if board > self.most and history.share > self.late else None
