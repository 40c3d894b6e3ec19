"""Row 16: SIGTERM to the whole group of processes, at any time: before the first step, in a step, in a score."""

import random
import shutil
import signal
from pathlib import Path

import _tiny_runs as tiny

from _faults.children import Children, is_equal
from _faults.outcome import Outcome
from mulligan.train import log

MOST_SECONDS = 10.0
TERMINATED = (128 + signal.SIGTERM, -signal.SIGTERM)
STEPS = 60
WORDS = ("--set", "score_every_ticks=1", "--set", "tick_images=80")
# Where the run is when the signal comes: nowhere yet, at its start, or somewhere between two ticks or in a score.
MOMENTS = (("", 0.3), ("recipe", 0.05), ("start", 0.2), ("tick", 0.3))


def terminations(count: int, folder: Path) -> Outcome:
    """Signal runs at random moments, with readers and without; each is followed by a resume to the end."""
    outcome, chance, slowest = Outcome(), random.Random(16), 0.0
    with Children(folder) as children:
        whole = folder / "whole"
        answer = children.train(whole, *WORDS, steps=STEPS)
        assert answer.code == 0, answer
        for index in range(count):
            run, workers = folder / "run", index % 2 * 2
            streamed = {"resident_bytes": 1000} if workers else {}
            text, longest = MOMENTS[index // 2 % len(MOMENTS)]
            file = str(run / ("recipe.json" if text == "recipe" else "log.jsonl")) if text else None
            moment = {"number": signal.SIGTERM, "after": chance.uniform(0, longest), "file": file, "text": text}
            words = (*WORDS, "--workers", workers)
            answer = children.train(run, *words, steps=STEPS, signal=moment, **streamed)
            said = f"signal {index} ({text or 'first instants'}, {workers} workers): {answer.code} {answer.err}"
            good = answer.is_told and answer.seconds <= MOST_SECONDS and _is_saved(run, answer)
            slowest = max(slowest, answer.seconds)
            again = children.train(run, *words, steps=STEPS, **streamed)
            good = good and again.code == 0 and is_equal(run, whole)
            outcome.check(good, f"{said}; then {again.code} {again.err}")
            shutil.rmtree(run, ignore_errors=True)
    outcome.measured = f"{slowest:.1f} s at most from the signal to the end"
    return outcome


def _is_saved(run: Path, answer) -> bool:
    """Either the run was over, or the signal's code came and the log ends where the newest checkpoint is."""
    if answer.code == 0 or not (run / "log.jsonl").exists():
        return answer.code in (0, *TERMINATED)
    events = log.read(run / "log.jsonl")
    newest = max((int(path.stem) for path in (run / "checkpoints").glob("*.safetensors")), default=None)
    if not events or events[-1]["event"] != "stop":
        return answer.code in TERMINATED and newest in (None, 0)  # before the run listened
    return answer.code in TERMINATED and events[-1]["reason"] == "interrupted" and events[-1]["images"] == newest


def resumes_of(run: Path) -> int:
    """In how many sittings a run was made."""
    return len([event for event in log.read(run / "log.jsonl") if event["event"] == "resume"])


def broken_scores(count: int, folder: Path) -> Outcome:
    """Signals in the middle of scores that take long: the next sitting makes up for the score."""
    outcome, chance = Outcome(), random.Random(17)
    words = ("--set", "score_every_ticks=1", "--set", "score_samples=20000", "--set", "tick_images=40")
    with Children(folder) as children:
        whole, run = folder / "whole", folder / "run"
        assert children.train(whole, *words, steps=10).code == 0
        for index in range(count):
            # The line of a tick is written right before its score.
            moment = {"number": signal.SIGTERM, "after": chance.uniform(0, 0.05), "text": '"tick"'}
            moment["file"] = str(run / "log.jsonl")
            answer = children.train(run, *words, steps=10, signal=moment)
            told = f"signal {index}: {answer.code} {answer.err}"
            good = answer.is_told and answer.seconds <= MOST_SECONDS and _is_saved(run, answer)
            again = children.train(run)
            good = good and again.code == 0 and is_equal(run, whole)
            scores = [event for event in tiny.history(run) if event["event"] == "score"]
            outcome.check(good and len(scores) == 2, f"{told}; {len(scores)} scores; then {again.code} {again.err}")
            shutil.rmtree(run)
    return outcome
