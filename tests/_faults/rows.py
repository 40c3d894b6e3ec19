"""Every row of faults: what it is, how it is made, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from _faults import clock, disk, flips, hostile, kills, locks, memory, not_finite, ranks, readers, signals
from _faults.outcome import Outcome


@dataclass(frozen=True)
class Row:
    """One fault: ``make`` takes a count (the full one here, the everyday one in the tests) and an empty folder."""

    row: int
    about: str
    make: Callable[[int, Path], Outcome]
    full: int
    everyday: int

    @property
    def name(self) -> str:
        """Row and function."""
        return f"{self.row} {self.make.__name__}"


# For kills.refusals and cache_refusals the number is a stride: every call, or every so many-th one.
ROWS = (
    Row(1, "NaN in a loss, a penalty, a critic's input at steps 1, 37, 500", not_finite.strikes, 12, 4),
    Row(3, "killed in the middle of opening, writing, syncing, renaming", kills.kills, 200, 10),
    Row(3, "each n-th call on the run folder refused (EIO, full disk)", kills.refusals, 1, 17),
    Row(3, "each n-th call on the caches refused", kills.cache_refusals, 1, 6),
    Row(3, "killed, temporary folder on another file system", kills.other_temporary_folder, 20, 1),
    Row(4, "full disk", disk.full, 20, 3),
    Row(5, "one flipped bit in a checkpoint", flips.flips, 2000, 200),
    Row(5, "newest checkpoint damaged, then --resume", flips.damaged_newest, 20, 2),
    Row(8, "files that want to run code, at every command", hostile.files, 30, 30),
    Row(15, "memory of the CPU limited below a batch", memory.fits, 3, 1),
    Row(16, "SIGTERM to the group at random moments", signals.terminations, 40, 4),
    Row(16, "SIGTERM in the middle of a score", signals.broken_scores, 10, 1),
    Row(17, "a reader killed", readers.deaths, 20, 4),
    Row(17, "pictures vanish or are damaged while a run reads them", readers.losses, 10, 1),
    Row(18, "one of two or three processes killed; resumed to the same end", ranks.deaths, 10, 1),
    Row(25, "wall clock a day back, a year on", clock.jumps, 4, 2),
    Row(26, "a second start; locks of the dead, here and elsewhere", locks.owners, 4, 1),
)
