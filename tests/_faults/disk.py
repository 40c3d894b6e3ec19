"""Row 4: a disk that is full."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import _tiny_runs as tiny

from _faults.children import Children, strays, unreadable
from _faults.outcome import Outcome

SENTENCE = re.compile(r"the disk is full: \S+ needs [\d,]+ bytes and [\d,]+ are free in ")
WIDE = ("--set", "networks.generator.hidden=[2000]")


class NoMount(Exception):  # noqa: N818 -- nothing is wrong, only not there
    """A small disk takes root, and a system that lets it mount one."""


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own of so many megabytes; NoMount where there can be none."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        raise NoMount("a small disk cannot be mounted here (it takes root)")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave_free(disk: Path, count: int) -> None:
    """Fill a disk until so many bytes are left (a tmpfs counts in pages)."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    pages = (shutil.disk_usage(disk).free - count) // 4096
    filler.write_bytes(b"\0" * (max(pages, 0) * 4096))


def full(count: int, folder: Path) -> Outcome:
    """Let a disk of 60 MB have so little room that now this file is the first that does not fit, now that one."""
    outcome, named = Outcome(), set()
    with small_disk(folder / "disk", 60) as disk, Children(folder) as children:
        run = disk / "run"
        assert children.train(run, *WIDE).code == 0
        size = max((run / "checkpoints").iterdir()).stat().st_size
        more = ("train", "--resume", run, "--display", "plain", "--steps")
        for index in range(count):
            before = tiny.state(run)
            leave_free(disk, index * 3 * size // max(count, 1) if index else 0)
            answer = children.run(*more, 1000)
            last = (answer.err.splitlines() or [""])[-1]
            good = answer.code == 2 and answer.is_told and SENTENCE.search(last) is not None
            good = good and not unreadable(run) and not strays(run) and _is_kept(run, before)
            named.update(re.findall(r"full: (\S+) needs", last))
            outcome.check(good, f"disk {index}: {answer.code} {answer.err}")
            (disk / "filler").unlink()
            images = int(before.split("'images': ")[1].split(",")[0])
            again = children.run(*more, images // tiny.BATCH + 4)
            if again.code != 0:
                outcome.bad.append(f"after disk {index}: {again.code} {again.err}")
    kinds = {Path(name).suffix or name for name in named}
    outcome.measured = f"first refused: {', '.join(sorted(kinds))}"
    return outcome


def _is_kept(run: Path, before: str) -> bool:
    """The checkpoint that was there is there, or a later one that did fit."""
    return tiny.state(run) == before or max((run / "checkpoints").iterdir()).stat().st_size > 0
