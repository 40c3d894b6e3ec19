"""Row 26: two runs in one folder, and what a dead one leaves, also of another computer on a network disk."""

import json
import subprocess
import sys
from pathlib import Path

from _faults.children import Children
from _faults.outcome import Outcome

HOLD = """
import sys
from pathlib import Path
from mulligan.run import Run
run = Run.open(Path(sys.argv[1]))
run.lock()
print("held", flush=True)
sys.stdin.read()
"""


def owners(count: int, folder: Path) -> Outcome:
    """Second starts are refused with who is there; locks of the dead are taken over, whatever host they name."""
    outcome = Outcome()
    with Children(folder) as children, Children(folder / "nfs", FAULTS_NO_FLOCK="1") as unlocked:
        run = folder / "run"
        assert children.train(run, steps=2).code == 0
        resume = ("train", "--resume", run, "--display", "silent")
        for _ in range(count):
            holder = subprocess.Popen(
                [sys.executable, "-c", HOLD, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert holder.stdout and holder.stdout.readline() == "held\n"
            second = children.run(*resume)
            named = f"another process writes to {run} (process {holder.pid} on " in second.err
            outcome.check(second.code == 2 and named, f"a second start: {second.code} {second.err}")
            holder.kill()
            holder.communicate()
            after = children.run(*resume)
            outcome.check(after.code == 0, f"after the death of the owner: {after.code} {after.err}")
            (run / "owner.json").write_text(json.dumps({"pid": 1, "host": "another-host"}))
            elsewhere = children.run(*resume)
            outcome.check(elsewhere.code == 0, f"left by another host: {elsewhere.code} {elsewhere.err}")
            _without_flock(outcome, unlocked, run, resume)
    return outcome


def _without_flock(outcome: Outcome, children: Children, run: Path, resume: tuple) -> None:
    """A file system that cannot lock: the lock is the file itself, which says whose it is."""
    lock = run / "lock"
    lock.write_text("999999\nanother-host\n")
    (run / "owner.json").write_text(json.dumps({"pid": 999999, "host": "another-host"}))
    held = children.run(*resume)
    said = f"if another-host is gone for good, remove {lock}" in held.err
    outcome.check(held.code == 2 and said, f"without flock, held elsewhere: {held.code} {held.err}")
    lock.unlink()
    freed = children.run(*resume)
    outcome.check(freed.code == 0, f"without flock, removed as told: {freed.code} {freed.err}")
