"""TensorBoard's view of a run: the events of the log once more, where tensorboardX is installed."""

import importlib.util
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

FILES = "events.out.tfevents.*"


class Events:
    """Takes the events of the log and writes what TensorBoard can draw of them; without tensorboardX it does nothing.

    A resumed run gives the ``images`` of its checkpoint, so that TensorBoard forgets what came after it. No run needs
    what is written here: where the disk is full the file ends, and the run's own files say so.
    """

    def __init__(self, folder: Path, images: int = 0) -> None:
        self.folder = Path(folder)
        self._seconds = 0.0
        self._started: float | None = None
        self._file: Any = None
        if installed():
            with _without_torch():
                from tensorboardX.proto.event_pb2 import SessionLog
                from tensorboardX.record_writer import RecordWriter

            # Records are written here and now: tensorboardX's own writer has a thread that dies on a full disk, after
            # which a training waits for it for ever, and the name of its file ends with that of the computer.
            with suppress(OSError):
                self._file = RecordWriter(str(_fresh_file(self.folder, images)))
            begun: list[dict[str, Any]] = [{"file_version": "brain.Event:2"}]
            if images:
                begun.append({"step": images + 1, "session_log": SessionLog(status=SessionLog.START)})
            self._put(time.time(), begun)

    def write(self, event: dict[str, Any]) -> None:
        """Write the numbers of a tick or a score, and the sample grid of a tick."""
        if self._file is None:
            return
        from tensorboardX import summary
        from tensorboardX.proto.event_pb2 import SessionLog

        if event["event"] == "mulligan":  # as where a run goes on: what came after these images counts no longer
            begun = {"step": event["images"] + 1, "session_log": SessionLog(status=SessionLog.START)}
            self._put(self._wall_time(event), [begun])
            return
        now, step = self._wall_time(event), {"step": event["images"]}
        found = [step | {"summary": summary.scalar(tag, value)} for tag, value in _scalars(event)]
        if event.get("sample"):
            picture = np.asarray(Image.open(self.folder / event["sample"]).convert("RGB"))
            found.append(step | {"summary": summary.image("samples", picture, dataformats="HWC")})
        self._put(now, found)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _put(self, now: float, records: list[dict[str, Any]]) -> None:
        if self._file is None:
            return
        from tensorboardX.proto.event_pb2 import Event

        try:
            for record in records:
                self._file.write(Event(wall_time=now, **record).SerializeToString())
            self._file.flush()
        except OSError:
            self.close()

    def _wall_time(self, event: dict[str, Any]) -> float:
        """The first moment plus training time: TensorBoard's time axis must not jump when the computer's clock does."""
        self._seconds = event.get("seconds", self._seconds)
        if self._started is None:
            self._started = time.time() - self._seconds
        return self._started + self._seconds


@contextmanager
def _without_torch() -> Iterator[None]:
    """tensorboardX loads torch wherever it is installed; a run in another framework is not to pay for that."""
    if "torch" in sys.modules:
        yield
        return
    # Python's own way to say that a module is not there.
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]


def _fresh_file(folder: Path, images: int) -> Path:
    """Files are read in the order of their names; the clock may have gone back between two sittings."""
    before = [path.name.split(".")[3] for path in folder.glob(FILES)]
    started = max([int(time.time()), *(int(name) for name in before if name.isdecimal())])
    while (path := folder / f"events.out.tfevents.{started}.{images:09d}").exists():
        started += 1
    return path


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
