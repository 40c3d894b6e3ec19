"""Runs as processes of their own, some at once; whoever stops the ladder stops them politely, with everything saved."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from mulligan.apps.ladder._runs import LadderRun
from mulligan.assemble._machine import thread_variables
from mulligan.errors import RunError

POLL = 0.2  # seconds
Tell = Callable[[str], None]
Process = subprocess.Popen[bytes]


def train(runs: Sequence[LadderRun], jobs: int, tell: Tell) -> None:
    """Train or go on with each; how it ended is for its folder to say. KeyboardInterrupt when all of them are saved."""
    waiting, going = deque(runs), dict[LadderRun, Process]()
    done = 0
    with _one_way_to_stop():
        try:
            while waiting or going:
                while waiting and len(going) < jobs:
                    run = waiting.popleft()
                    going[run] = _started(run)
                time.sleep(POLL)
                for run in [run for run, process in going.items() if process.poll() is not None]:
                    code, done = going.pop(run).returncode, done + 1
                    tell(f"{done} of {len(runs)}  {run}  {run.standing.state}{f', exit code {code}' if code else ''}")
        except BaseException:
            _stop([*going.values()])
            raise


def _started(run: LadderRun) -> Process:
    try:
        run.home.mkdir(parents=True, exist_ok=True)
        with run.output.open("ab") as output:
            # In a session of its own, so that a Ctrl-C in the terminal reaches the ladder alone, which passes it on.
            return subprocess.Popen(run.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                    env=os.environ | thread_variables(1), start_new_session=True)  # fmt: skip
    except OSError as error:
        raise RunError(f"the run {run.folder} cannot be started ({error.strerror}); choose another --out") from error


def _stop(processes: Sequence[Process]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


@contextmanager
def _one_way_to_stop() -> Iterator[None]:
    """SIGTERM is taken as Ctrl-C is, where this thread may listen to signals."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
