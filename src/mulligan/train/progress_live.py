"""The live display: a bar, the speed, every named term, the last score and the newest notice, in place."""

import math
import time
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mulligan.train.progress import Display, duration, number, scored, size

KEPT = 0.6  # of a smoothed term, at each tick: enough to read a trend from, gone after a handful of ticks


class Live(Display):
    """Redraws a few lines of the terminal; notices scroll up above them as newer ones come, so none is lost."""

    def __init__(self, budget: str, stream: TextIO) -> None:
        self._budget = budget
        self._name = ""
        self._tick: dict[str, Any] = {}
        self._ticked = time.monotonic()
        self._terms: dict[str, float] = {}
        self._scores: dict[str, Any] = {}
        self._notice = ""
        self._end = ""
        self._console = Console(file=stream)
        self._live = RichLive(console=self._console, get_renderable=self._frame, refresh_per_second=2)

    def start(self, event: dict[str, Any]) -> None:
        self._name = str(event.get("name") or "run")
        self._tick = {"images": event.get("images", 0)}
        self._ticked = time.monotonic()
        self._live.start(refresh=True)

    def tick(self, event: dict[str, Any]) -> None:
        for name, value in (event.get("terms", {}) | event.get("estimates", {})).items():
            self._terms[name] = smooth(self._terms.get(name), value)
        self._tick = event
        self._ticked = time.monotonic()
        self._live.refresh()

    def score(self, event: dict[str, Any]) -> None:
        self._scores = event
        self._live.refresh()

    def notice(self, text: str) -> None:
        if self._notice:
            self._console.print(Text(self._notice))
        self._notice = text
        self._live.refresh()

    def stop(self, event: dict[str, Any]) -> None:
        self._tick |= {"images": event.get("images", self._tick.get("images", 0))}
        self._end = str(event.get("reason", "")) or "stopped"
        self.close()

    def close(self) -> None:
        self._live.stop()

    def _frame(self) -> Table:
        frame = Table.grid(padding=(0, 1))
        frame.add_column(style="dim", justify="right")
        frame.add_column()
        frame.add_row(Text(self._name, style="bold"), self._bar())
        frame.add_row("images", self._counts())
        for player, terms in self._players().items():
            frame.add_row(Text(player), Text("   ".join(f"{name} {number(value)}" for name, value in terms.items())))
        if self._scores:
            at = f"   after {self._scores.get('images', 0):,} images"
            frame.add_row("score", Text("   ".join(map(scored, self._scores.get("scores", ()))) + at))
        if self._notice:
            frame.add_row(Text("notice", style="yellow"), Text(self._notice))
        return frame

    def _bar(self) -> Table:
        share = self._tick.get("share", 0.0)
        row = Table.grid(padding=(0, 1))
        row.add_row(
            ProgressBar(total=1.0, completed=share, width=min(40, self._console.width // 2), complete_style="cyan"),
            Text(f"{100 * share:.0f} %"),
            Text(self._end or self._left()),
        )
        return row

    def _left(self) -> str:
        """The time left counts down between ticks, which may be far apart."""
        left = self._tick.get("seconds_left")
        if left is None:
            return "starting"
        return f"{duration(left - (time.monotonic() - self._ticked))} left"

    def _counts(self) -> Text:
        counts = [f"{self._tick.get('images', 0):,}", f"budget {self._budget}"][: 1 + bool(self._budget)]
        if self._tick.get("images_per_second"):
            counts.append(f"{self._tick['images_per_second']:,.0f} per second")
        if memory := size(self._tick.get("memory_bytes")):
            counts.append(memory)
        return Text("   ".join(counts))

    def _players(self) -> dict[str, dict[str, float]]:
        """The smoothed terms by the player that they belong to (``critic/real`` -> critic), estimates by themselves."""
        players: dict[str, dict[str, float]] = {}
        for name, value in self._terms.items():
            player, _, term = name.rpartition("/")
            players.setdefault(player or "estimates", {})[term] = value
        return players


def smooth(before: float | None, value: float) -> float:
    """Follow a noisy term; a value that is not finite is shown at once and forgotten with the next finite one."""
    if before is None or not (math.isfinite(before) and math.isfinite(value)):
        return value
    return KEPT * before + (1 - KEPT) * value
