"""Row 5: a flipped bit, in the file and seen from the command line."""

import random
import shutil
import time
from pathlib import Path

import _tiny_runs as tiny
import numpy as np

from _faults.children import Children
from _faults.outcome import Outcome
from mulligan import tensorfile
from mulligan.errors import ModelFileError


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def flips(count: int, folder: Path) -> Outcome:
    """Flip one random bit of a real checkpoint, again and again: reading it has to notice."""
    outcome, chance = Outcome(), random.Random(5)
    tiny.start(folder / "run", steps=2)
    path = max((folder / "run" / "checkpoints").iterdir())
    whole = path.read_bytes()
    for _ in range(count):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        path.write_bytes(whole)
        flip(path, place, bit)
        try:
            tensorfile.read(path)
            outcome.check(False, f"bit {bit} of byte {place} was not noticed")
        except ModelFileError:
            outcome.check(True, "")
    outcome.measured = f"checksum {seconds_per_gigabyte():.2f} s per GB"
    return outcome


def seconds_per_gigabyte(megabytes: int = 256) -> float:
    """How long the checksum takes."""
    tensors = {"a": np.random.default_rng(0).integers(0, 256, megabytes * 10**6, np.uint8)}
    begun = time.perf_counter()
    tensorfile.checksum(tensors)
    return (time.perf_counter() - begun) * 1000 / megabytes


def damaged_newest(count: int, folder: Path) -> Outcome:
    """Damage the newest checkpoint of a run and go on from the command line: the one before it is used, and told of."""
    outcome, chance = Outcome(), random.Random(55)
    with Children(folder) as children:
        assert children.train(folder / "whole").code == 0
        for index in range(count):
            run = shutil.copytree(folder / "whole", folder / f"run{index}")
            path = max((run / "checkpoints").iterdir())
            flip(path, chance.randrange(path.stat().st_size), chance.randrange(8))
            answer = children.run("train", "--resume", run, "--display", "plain")
            good = answer.code == 0 and "the one before it is used" in answer.out and path.name in answer.out
            outcome.check(good and tiny.state(run) == tiny.state(folder / "whole"), f"{answer}")
            shutil.rmtree(run)
    return outcome
