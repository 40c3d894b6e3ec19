"""Row 15: not enough memory, by a limit that the allocator truly runs into."""

from pathlib import Path

import numpy as np

from _faults.children import Children
from _faults.outcome import Outcome
from mulligan import tensorfile
from mulligan.assemble.memory import SPARE_BYTES

MEGABYTE = 10**6
BATCH = 2048
# Wide enough that the samples of a batch weigh more than the weights, and dense, so that a step is quick.
WORDS = (
    *("digits", "--recipe", "dense", "--device", "cpu", "--display", "plain", "--batch", BATCH, "--no-cache"),
    *("--steps", 2, "--set", "networks.generator.hidden=[4000]", "--set", "networks.critic.hidden=[4000]"),
    *("--set", "networks.generator.batch_norm=false", "--set", "score_samples=10", "--workers", 0),
)
LIMITS = (294, 324, 354)
PLENTY = 4000


def fits(count: int, folder: Path) -> Outcome:
    """Under a limit, without and with ``--fit-memory``: a sentence, then the largest parts that fit, and equal ends."""
    outcome, found = Outcome(), []
    with Children(folder) as children:
        whole = folder / "whole"
        assert children.run("train", *WORDS, "--out", whole, memory=PLENTY * MEGABYTE).code == 0
        for index, limit in enumerate(LIMITS[:count]):
            memory = limit * MEGABYTE
            bare = children.run("train", *WORDS, "--out", folder / f"bare{index}", memory=memory)
            good = bare.code == 2 and "there is not enough memory for 2048 samples at once: lower --batch" in bare.err
            run = folder / f"run{index}"
            answer = children.run("train", *WORDS, "--fit-memory", "--out", run, memory=memory)
            parts = _parts(answer.out)
            good = good and answer.code == 0 and parts > 1 and _difference(run, whole) <= 1e-5
            # The step before it must not have fitted, in a process that nothing was tried in.
            larger = ("--set", f"accumulate={parts // 2}", "--out", folder / f"larger{index}")
            refused = children.run("train", *WORDS, *larger, memory=memory - SPARE_BYTES)
            good = good and refused.code == 2 and "not enough memory" in refused.err
            found.append(f"{limit} MB: {parts} parts")
            outcome.check(good, f"{limit} MB: {bare.code} {bare.err} {answer.code} {answer.err} {parts} {refused.err}")
    outcome.measured = "; ".join(found)
    return outcome


def _parts(out: str) -> int:
    line = next((line for line in out.splitlines() if "notice  memory: each batch" in line), "in 0 parts")
    return int(line.split(" parts")[0].rsplit(" ", 1)[1])


def _difference(run: Path, whole: Path) -> float:
    ours, theirs = (tensorfile.read(folder / "model.safetensors")[0] for folder in (run, whole))
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)
