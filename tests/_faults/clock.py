"""Row 25: the clock of the wall jumps while a run trains."""

from pathlib import Path

from _faults.children import Children, is_equal
from _faults.outcome import Outcome
from mulligan.train import log

JUMPS = {"a day back": -86_400, "a year on": 365 * 86_400}


def jumps(count: int, folder: Path) -> Outcome:
    """Move the clock once the first tick is there; schedule, order of the log and choice of checkpoint stay."""
    outcome = Outcome()
    words = ("--set", "learning_rate=linear(1e-3,1e-4,96)", "--set", "score_every_ticks=1")
    with Children(folder) as children:
        assert children.train(folder / "still", *words, steps=12).code == 0
        for index in range(count):
            (said, jump), run = list(JUMPS.items())[index % 2], folder / f"run{index}"
            clock = {"jump": jump, "when": str(run / "samples" / "000000016.png")}
            first = children.train(run, *words, steps=12, clock=clock)
            images = [event["images"] for event in log.read(run / "log.jsonl")]
            good = first.code == 0 and images == sorted(images) and is_equal(run, folder / "still")
            # The next sitting starts with the clock where it was: back again, or a day ahead of the first one's end.
            again = children.run("train", "--resume", run, "--steps", 16, "--display", "plain")
            names = sorted(path.name for path in run.glob("events.out.tfevents.*"))
            sittings = [name for name in names if name.endswith(".000000000")] == names[:1]
            good = good and again.code == 0 and (sittings or not names)
            outcome.check(good, f"{said}: {first.code} {first.err} {images} {names} {again.code} {again.err}")
    return outcome
