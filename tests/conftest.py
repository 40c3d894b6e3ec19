"""What every test shares: pinned threads, and the folder of real data sets where there is one."""

import os
from pathlib import Path

from mulligan.assemble._machine import thread_variables

# A tiny step is many times slower on two busy threads than on one; set before a framework is loaded, and handed on to
# the processes that tests start.
os.environ.update(thread_variables(1) | os.environ)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever it is for other programs

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets beside the repository; tests that need it are skipped without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"the real data sets are not at {SHARED / 'data'}")
    return SHARED / "data"
