"""TensorBoard's view of a run: the events of the log once more, where tensorboardX is installed."""

import importlib.util
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

FILES = "events.out.tfevents.*"


class Events:
    """Takes the events of the log and writes what TensorBoard can draw of them; without tensorboardX it does nothing.

    A resumed run gives the ``images`` of its checkpoint, so that TensorBoard forgets what came after it.
    """

    def __init__(self, folder: Path, images: int = 0) -> None:
        self.folder = Path(folder)
        self._seconds = 0.0
        self._started: float | None = None
        self._writer: Any = None
        if installed():
            from tensorboardX import SummaryWriter

            purge = {"purge_step": images + 1} if images else {}
            before = set(self.folder.glob(FILES))
            self._writer = SummaryWriter(logdir=str(self.folder), flush_secs=10, **purge)
            for path in set(self.folder.glob(FILES)) - before:
                _without_host(path, images)

    def write(self, event: dict[str, Any]) -> None:
        """Write the numbers of a tick or a score, and the sample grid of a tick."""
        if self._writer is None:
            return
        now = self._wall_time(event)
        for tag, value in _scalars(event):
            self._writer.add_scalar(tag, value, event["images"], walltime=now)
        if event.get("sample"):
            picture = np.asarray(Image.open(self.folder / event["sample"]).convert("RGB"))
            self._writer.add_image("samples", picture, event["images"], walltime=now, dataformats="HWC")

    def close(self) -> None:
        """Write what is still waiting and close the file."""
        if self._writer is not None:
            self._writer.close()

    def _wall_time(self, event: dict[str, Any]) -> float:
        """The first moment plus training time: TensorBoard's time axis must not jump when the computer's clock does."""
        self._seconds = event.get("seconds", self._seconds)
        if self._started is None:
            self._started = time.time() - self._seconds
        return self._started + self._seconds


def _without_host(path: Path, images: int) -> None:
    """tensorboardX ends the name with that of the computer, often a person's; a run folder is passed on."""
    started = path.name.split(".")[3]
    with suppress(OSError):  # Windows does not rename an open file
        path.rename(path.with_name(f"events.out.tfevents.{started}.{images:09d}"))


def installed() -> bool:
    """Whether event files can be written."""
    return importlib.util.find_spec("tensorboardX") is not None


def tensorboard_hint() -> str:
    """The sentence about TensorBoard for the print-out at the start of a run."""
    if not installed():
        return "no TensorBoard events (tensorboardX is not installed; pip install 'mulligan[tensorboard]' adds them)"
    return "TensorBoard events are in the run folder (look at them with: tensorboard --logdir RUN)"


def _scalars(event: dict[str, Any]) -> Iterator[tuple[str, float]]:
    yield from event.get("terms", {}).items()
    for group in ("estimates", "numbers"):
        yield from ((f"{group}/{name}", value) for name, value in event.get(group, {}).items())
    for name, tag in (("images_per_second", "speed/images_per_second"), ("memory_bytes", "memory/bytes")):
        if event.get(name) is not None:
            yield tag, event[name]
    for score in event.get("scores", ()):
        ends = {"": score["value"], "_low": score.get("low"), "_high": score.get("high")}
        yield from ((f"scores/{score['measure']}{end}", value) for end, value in ends.items() if value is not None)
