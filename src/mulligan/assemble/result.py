"""What a finished run says of itself."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Result:
    """A finished run: ``reason`` is "budget", "time", "no more gain" or "interrupted"."""

    folder: Path
    reason: str
    images: int
    scores: tuple[dict[str, Any], ...]
    best: float | None

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self) | {"folder": str(self.folder), "scores": list(self.scores)}

    def summary(self) -> str:
        """What a person wants to know next."""
        lines = [f"{self.folder}: {self.images:,} images, stopped by {self.reason}"]
        if self.reason == INTERRUPTED:
            return "\n".join([*lines, f"go on with it: mulligan train --resume {self.folder}"])
        for score in self.scores:
            interval = f"[{score['low']:.4g}, {score['high']:.4g}]"
            lines.append(f"  {score['measure']:<20} {score['value']:>10.4g}  {interval}")
        next_to_type = f"mulligan generate {self.folder} -n 64 --out pictures/"
        return "\n".join([*lines, f"next: {next_to_type}", f"look: {self.folder / 'report.html'}"])
