"""What a finished run says of itself."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mulligan.run import BEST

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Result:
    """A finished run: ``reason`` is "budget", "time", "no more gain" or "interrupted"."""

    folder: Path
    reason: str
    images: int
    scores: tuple[dict[str, Any], ...]
    best: float | None
    own_file: str | None = None  # the user's recipe file that later commands ask for; the run has a copy
    signal: int | None = None  # the number of the one that interrupted it
    best_images: int = 0  # after how many the best model was, which is a file of its own
    illnesses: tuple[str, ...] = ()  # that the watch saw, and that were still there at the end

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self) | {
            "folder": str(self.folder),
            "scores": list(self.scores),
            "illnesses": list(self.illnesses),
        }

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> "Result":
        """Of ``to_json``."""
        tuples = {name: tuple(known[name]) for name in ("scores", "illnesses")}
        return cls(**{**known, **tuples, "folder": Path(known["folder"])})

    def summary(self) -> str:
        """What a person wants to know next."""
        ended = "interrupted; everything is saved" if self.reason == INTERRUPTED else f"stopped by {self.reason}"
        lines = [f"{self.folder}: {self.images:,} images, {ended}"]
        recipe = f" --recipe {self.folder / self.own_file}" if self.own_file else ""
        if self.illnesses:
            lines.append(f"ill: {', '.join(self.illnesses)}; what to do: mulligan doctor {self.folder}")
        if self.reason == INTERRUPTED:
            return "\n".join([*lines, f"go on with it: mulligan train --resume {self.folder}{recipe}"])
        for score in self.scores:
            interval = f"[{score['low']:.4g}, {score['high']:.4g}]"
            lines.append(f"  {score['measure']:<20} {score['value']:>10.4g}  {interval}")
        if self.best is not None and self.best_images != self.images:
            lines.append(f"best: {self.folder / BEST} after {self.best_images:,} images")
        next_to_type = f"mulligan generate {self.folder}{recipe} -n 64 --out pictures/"
        return "\n".join([*lines, f"next: {next_to_type}", f"look: {self.folder / 'report.html'}"])
