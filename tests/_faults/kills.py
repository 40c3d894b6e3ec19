"""Row 3: killed in the middle of writing, and each n-th call of the system refused, until a run passes clean."""

import errno
import random
import shutil
from pathlib import Path

import _tiny_runs as tiny

from _faults.children import TRAIN, Children, is_equal, strays, unreadable
from _faults.outcome import Outcome

ERRORS = (errno.EIO, errno.ENOSPC)
KILL = 0
MOST_CALLS = 2000


def kills(count: int, folder: Path) -> Outcome:
    """SIGKILL in the middle of random calls that open, write, sync or rename a file of the run."""
    outcome, chance = Outcome(), random.Random(3)
    with Children(folder) as children:
        calls = _unbroken(children, folder)
        for index in range(count):
            run = folder / f"run{index}"
            while not outcome.bad:  # killed again and again until it is done
                at = chance.randrange(1, calls * 5 // 4)
                answer = children.train(run, fault={"kind": "any", "at": at, "error": KILL, "under": str(run)})
                _check_left(outcome, run, f"kill {index} at call {at}", answer)
                if answer.code == 0 or outcome.tried >= count:
                    break
            _check_end(outcome, children, run, folder / "unbroken", f"kill {index}")
            if outcome.tried >= count or outcome.bad:
                break
    return outcome


def refusals(every: int, folder: Path) -> Outcome:
    """Refuse the first, second, third ... call (or every so many-th) with EIO or a full disk, until none is left."""
    outcome = Outcome()
    with Children(folder) as children:
        calls = _unbroken(children, folder)
        for at in range(1, calls + 1, every):
            run, error = folder / "run", ERRORS[at // every % 2]
            shutil.rmtree(run, ignore_errors=True)
            answer = children.train(run, fault={"kind": "any", "at": at, "error": error, "under": str(run)})
            said = f"call {at} refused with {errno.errorcode[error]}"
            _check_left(outcome, run, said, answer)
            _check_end(outcome, children, run, folder / "unbroken", said)
    outcome.measured = f"every {every}. of {calls} calls" if every > 1 else f"all {calls} calls"
    return outcome


def cache_refusals(every: int, folder: Path) -> Outcome:
    """The same for the caches of decoded pictures and of features, which no run may need."""
    outcome, cache = Outcome(), folder / "cache"
    with Children(folder) as children:
        words = ["--set", "score_every_ticks=1", "--cache"]
        photos = tiny.pictures(folder / "photos", 40)
        train = ("train", photos, *TRAIN[1:], *words, "--steps", 2, "--out")
        assert children.run(*train, folder / "unbroken").code == 0
        calls = 0
        for at in range(1, MOST_CALLS, every):
            shutil.rmtree(cache, ignore_errors=True)
            shutil.rmtree(folder / "run", ignore_errors=True)
            fault = {"kind": "any", "at": at, "error": ERRORS[at // every % 2], "under": str(cache)}
            answer = children.run(*train, folder / "run", fault=fault)
            calls = answer.calls
            good = answer.code == 0 and not unreadable(cache) and len(strays(cache)) <= 1
            again = shutil.rmtree(folder / "again", ignore_errors=True) or children.run(*train, folder / "again")
            good = good and again.code == 0 and is_equal(folder / "run", folder / "unbroken")
            good = good and is_equal(folder / "again", folder / "unbroken")
            outcome.check(good, f"call {at} of the cache: {answer.code} {answer.err} {strays(cache)}")
            if calls < at:
                break
    outcome.measured = f"every {every}. of {calls} calls" if every > 1 else f"all {calls} calls"
    return outcome


def other_temporary_folder(count: int, folder: Path) -> Outcome:
    """Kills with the system's temporary folder on another file system, where a rename would be a copy."""
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == folder.stat().st_dev:
        return Outcome(measured="there is no second file system here")
    outcome, chance = Outcome(), random.Random(5)
    with Children(folder, TMPDIR=str(elsewhere)) as children:
        before = set(elsewhere.iterdir())
        calls = _unbroken(children, folder)
        for index in range(count):
            run = folder / f"run{index}"
            at = chance.randrange(1, calls)
            answer = children.train(run, fault={"kind": "any", "at": at, "error": KILL, "under": str(run)})
            _check_left(outcome, run, f"kill at call {at}", answer)
            _check_end(outcome, children, run, folder / "unbroken", f"kill at call {at}")
        # What torch makes there is its own.
        if left := {path for path in set(elsewhere.iterdir()) - before if not path.name.startswith("torch")}:
            outcome.bad.append(f"left in the temporary folder: {left}")
    return outcome


def _unbroken(children: Children, folder: Path) -> int:
    """A run without faults, and how many calls its files take."""
    fault = {"kind": "any", "at": 0, "error": errno.EIO, "under": str(folder / "unbroken")}
    answer = children.train(folder / "unbroken", fault=fault)
    assert answer.code == 0, answer
    return answer.calls


def _check_left(outcome: Outcome, run: Path, said: str, answer) -> None:
    broken, left = unreadable(run), strays(run)
    good = answer.is_told and not broken and len(left) <= 1
    outcome.check(good, f"{said}: code {answer.code}, unreadable {broken}, strays {left}, {answer.err}")


def _check_end(outcome: Outcome, children: Children, run: Path, unbroken: Path, said: str) -> None:
    """The run goes on and ends like the unbroken one, with nothing left over."""
    answer = children.train(run)
    if answer.code != 0 or strays(run) or not is_equal(run, unbroken):
        outcome.bad.append(f"{said}, then: code {answer.code}, strays {strays(run)}, {answer.err}")
    shutil.rmtree(run, ignore_errors=True)
