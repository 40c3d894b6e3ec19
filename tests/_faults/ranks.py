"""Row 18: one of several processes of a run is killed at any moment."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import _tiny_runs as tiny
from _waiting import PATIENCE, wait_for

from _faults.children import is_equal
from _faults.outcome import Outcome

MOST_SECONDS = 15.0
BATCH, STEPS = 24, 1000
WORDS = [word for text in (*tiny.TINY, "tick_images=240") for word in ("--set", text)]


def deaths(count: int, folder: Path) -> Outcome:
    """Kill ranks of runs of two and of three processes; each run goes on to the end of one that nobody disturbed."""
    outcome, chance, slowest = Outcome(), random.Random(18), 0.0
    for index in range(count):
        processes, run = 2 + index % 2, folder / "run"
        whole = folder / f"whole-{processes}"
        if not whole.exists():
            assert _started(whole, processes).wait(PATIENCE) == 0
        parent = _started(run, processes)
        wait_for(lambda run=run: (run / "log.jsonl").exists() and '"tick"' in (run / "log.jsonl").read_text())
        time.sleep(chance.uniform(0, 1))
        rank = chance.randrange(processes)
        os.kill(_ranks(parent.pid)[rank], signal.SIGKILL)
        killed = time.monotonic()
        error = parent.communicate(timeout=PATIENCE)[1]
        seconds = time.monotonic() - killed
        slowest = max(slowest, seconds)
        good = parent.returncode == 2 and f"rank {rank} of {processes} died" in error and "Traceback" not in error
        again = _resumed(run, processes)
        good = good and seconds <= MOST_SECONDS and again.wait(PATIENCE) == 0 and is_equal(run, whole)
        outcome.check(good, f"rank {rank} of {processes}, {seconds:.1f} s: {error} then {again.communicate()[1]}")
        shutil.rmtree(run)
    outcome.measured = f"{slowest:.1f} s at most from the kill to the end of all"
    return outcome


def _started(run: Path, processes: int) -> "subprocess.Popen[str]":
    words = ["toy:ring", "--recipe", "dense", "--batch", str(BATCH), "--steps", str(STEPS), "--out", str(run), *WORDS]
    return _command(*words, "--no-cache", "--device", "cpu", "--processes", str(processes))


def _resumed(run: Path, processes: int) -> "subprocess.Popen[str]":
    return _command("--resume", str(run), "--processes", str(processes))


def _command(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "mulligan", "train", *words, "--display", "silent"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def _ranks(parent: int) -> dict[int, int]:
    """The processes that a parent started, by their ranks."""
    found = {}
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        found |= {int(word.removeprefix(b"RANK=")): int(pid) for word in words if word.startswith(b"RANK=")}
    return found
