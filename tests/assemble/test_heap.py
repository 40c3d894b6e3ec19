"""Memory that is freed stays with the process."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys, torch
from mulligan.assemble._heap import give_memory_back, keep_freed_memory
if sys.argv[1] == "give back":
    give_memory_back()
elif not keep_freed_memory():
    raise SystemExit(3)
def pages():
    for _ in range(3):
        tensors = [torch.ones(500_000) for _ in range(20)]
        tensors.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = pages()
print(pages() - before)
"""


def test_a_later_step_takes_no_pages_from_the_system():
    if (kept := _pages("keep")) is None:
        pytest.skip("the C library of this machine is not glibc")
    assert kept < 100 < _pages("give back")  # left alone, the C library does now this and now that


def _pages(how: str) -> int | None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr
    return int(done.stdout) if done.returncode == 0 else None
