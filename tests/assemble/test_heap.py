"""Memory that is freed stays with the process."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, torch
from mulligan.assemble._heap import keep_freed_memory
if not keep_freed_memory():
    raise SystemExit(3)
def step():
    return sum(float((torch.ones(500_000) * index)[0]) for index in range(20))
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_a_second_step_takes_no_pages_from_the_system():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    if done.returncode == 3:
        pytest.skip("the C library of this machine is not glibc")
    assert int(done.stdout) < 1000, done.stderr  # of 20,000: forty tensors of 2 MB each
