"""What a person sees while a run trains: a live display, plain lines, or nothing."""

import sys
from typing import Any, TextIO

from mulligan.train.watch import Finding


class Display:
    """Shows nothing, for programs and notebooks; its children show the same events in their own ways.

    It receives the events of the log; those of ticks have ``share`` (0 to 1) and ``seconds_left`` besides.
    """

    def start(self, event: dict[str, Any]) -> None:
        """A run starts or goes on."""

    def tick(self, event: dict[str, Any]) -> None:
        """A stretch of training is done."""

    def score(self, event: dict[str, Any]) -> None:
        """The run was scored."""

    def finding(self, event: dict[str, Any]) -> None:
        """The watch found something."""
        self.notice(str(Finding.from_json(event)))

    def mulligan(self, event: dict[str, Any]) -> None:
        """The run goes back, and on with other numbers."""
        self.notice(second_chance(event))

    def notice(self, text: str) -> None:
        """Something that the user should know, once."""

    def stop(self, event: dict[str, Any]) -> None:
        """The run ends."""

    def close(self) -> None:
        """Give the terminal back, whatever happened."""

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Plain(Display):
    """One line per event, for files and pipes: its kind first, then columns that stay where they are."""

    def __init__(self, budget: str, stream: TextIO) -> None:
        self._budget = budget
        self._stream: TextIO | None = stream

    def start(self, event: dict[str, Any]) -> None:
        name = event.get("name") or "run"
        self._line(event.get("event", "start"), event, f"{name}, {self._budget}" if self._budget else name)

    def tick(self, event: dict[str, Any]) -> None:
        share = f"{100 * event.get('share', 0):3.0f}%"
        speed = f"{event.get('images_per_second', 0):8.1f}/s"
        left = f"{duration(event.get('seconds_left')):>7} left"
        memory = f"{size(event.get('memory_bytes')):>8}"
        values = event.get("terms", {}) | event.get("estimates", {})
        self._line("tick", event, share, speed, left, memory, *(f"{name} {number(v):<9}" for name, v in values.items()))

    def score(self, event: dict[str, Any]) -> None:
        self._line("score", event, *(scored(score) for score in event.get("scores", ())))

    def finding(self, event: dict[str, Any]) -> None:
        self._line("watch", event, str(Finding.from_json(event)))

    def mulligan(self, event: dict[str, Any]) -> None:
        self._line("again", event, second_chance(event))

    def notice(self, text: str) -> None:
        self._print(f"notice  {text}")

    def stop(self, event: dict[str, Any]) -> None:
        self._line("stop", event, str(event.get("reason", "")))

    def _line(self, kind: str, event: dict[str, Any], *columns: str) -> None:
        self._print("  ".join([f"{kind:<6}", f"{event.get('images', 0):>10} images", *columns]))

    def _print(self, line: str) -> None:
        if self._stream is None:
            return
        # A log of a scheduler is often ASCII only, and a name in it must not end the training.
        encoding = self._stream.encoding or "utf-8"
        text = line.rstrip().replace("\n", " ").encode(encoding, "backslashreplace").decode(encoding)
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:
            self._stream = None  # the reader (head, less) has gone; the run goes on without one


def open_display(kind: str = "auto", budget: str = "", stream: TextIO | None = None) -> Display:
    """Return the display of a kind: "live", "plain", "silent", or "auto" (live on a terminal, otherwise plain).

    ``budget`` is the text that stands for it ("50,000 images", "10 minutes"); ``stream`` is standard output.
    """
    stream = stream or sys.stdout
    if kind == "auto":
        kind = "live" if _is_terminal(stream) else "plain"
    if kind == "live":
        from mulligan.train.progress_live import Live

        return Live(budget, stream)
    return {"plain": Plain(budget, stream), "silent": Display()}[kind]


def _is_terminal(stream: TextIO) -> bool:
    from rich.console import Console

    console = Console(file=stream)
    return console.is_terminal and not console.is_dumb_terminal


def number(value: float) -> str:
    """A number with four digits that count."""
    return f"{value:.4g}"


def scored(score: dict[str, Any]) -> str:
    """One score with its interval: ``frechet 23.1 (22.4 to 23.9)``."""
    text = f"{score['measure']} {number(score['value'])}"
    if score.get("low") is None or score.get("high") is None:
        return text
    return f"{text} ({number(score['low'])} to {number(score['high'])})"


def second_chance(event: dict[str, Any]) -> str:
    """A mulligan in words."""
    went = f"back from {event['found_at']:,} images because of {event['illness']}"
    return f"mulligan {event['number']}: {went}; {changes(event)}"


def changes(event: dict[str, Any]) -> str:
    """What a mulligan changed, in words."""
    becomes = event.get("becomes", {})
    words = ", ".join(
        f"{name} to {number(becomes[name])}" if name in becomes else f"{name} x {number(factor)}"
        for name, factor in event["changes"].items()
    )
    return words + (f", until {event['until']:,} images" if "until" in event else "")


def duration(seconds: float | None) -> str:
    """A time as people say it: ``45s``, ``2m05s``, ``3h20m``, ``2d04h``; ``?`` when it is not known."""
    if seconds is None:
        return "?"
    whole = round(max(seconds, 0))
    for unit, below, length in (("d", "h", 86400), ("h", "m", 3600), ("m", "s", 60)):
        if whole >= length:
            rest = (whole % length) * {"h": 24, "m": 60, "s": 60}[below] // length
            return f"{whole // length}{unit}{rest:02d}{below}"
    return f"{whole}s"


def size(count: int | None) -> str:
    """Bytes as people say them: ``812 MB``, ``1.3 GB``; nothing when they are not known."""
    if not count:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
