"""Several processes that write: the same files, the same errors, and nobody left behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mulligan
from mulligan.apps import _writers
from mulligan.apps._writers import writers
from mulligan.apps.generate import generate
from mulligan.codecs._provenance import read_provenance
from mulligan.errors import RunError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(autouse=True)
def two_processes(monkeypatch):
    monkeypatch.setattr(_writers, "_processors", lambda: 2)


def note(folder, name):
    (folder / name).write_text(str(os.getpid()))


def test_much_is_written_by_others_and_little_here(tmp_path):
    for pictures, here in ((10, True), (5000, False)):
        with writers(pictures) as write:
            for name in ("a", "b", "c"):
                write(note, tmp_path, name)
        found = {int((tmp_path / name).read_text()) for name in ("a", "b", "c")}
        assert (os.getpid() in found) is here


def test_pictures_of_several_processes_are_those_of_their_places(plain_run, tmp_path, monkeypatch):
    monkeypatch.setattr(_writers, "FEWEST", 100)
    model = mulligan.load(plain_run)
    _, _, *files = generate(model, 600, tmp_path, seed=4)
    assert [read_provenance(file)["index"] for file in files[510:515]] == [510, 511, 512, 513, 514]
    expected = model.generate(600, seed=4)
    assert all((np.asarray(Image.open(file)) == raw[..., 0]).all() for file, raw in zip(files, expected, strict=True))


def refuse():
    raise RunError("the disk is full: 3 bytes needed")


def test_the_sentence_of_a_writer_is_that_of_the_command():
    with pytest.raises(RunError, match="3 bytes needed"), writers(5000) as write:
        write(refuse)


def test_an_error_ends_the_work_before_all_is_asked_for():
    asked = 0
    with pytest.raises(RunError, match="3 bytes needed"), writers(5000) as write:
        for _ in range(200):
            write(refuse)
            asked += 1
            time.sleep(0.05)
    assert asked < 200


def test_ctrl_c_waits_for_nothing_that_was_asked_for():
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), writers(5000) as write:
        for _ in range(10):
            write(time.sleep, 20)
        raise KeyboardInterrupt
    assert time.monotonic() - start < 15


def test_a_writer_that_dies_is_told():
    with pytest.raises(RunError, match="a process that writes pictures died"), writers(5000) as write:
        write(os._exit, 1)


def test_writers_end_with_a_parent_that_is_killed(tmp_path):
    script = (
        "import os, pathlib, time\n"
        "from mulligan.apps import _writers\n"
        "_writers._processors = lambda: 2\n"
        "def note(name): pathlib.Path(name).write_text(str(os.getpid()))\n"
        "with _writers.writers(5000) as write:\n"
        f"    write(note, {str(tmp_path / 'child')!r})\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    try:
        child = tmp_path / "child"
        wait_until(lambda: child.exists() and child.read_text())
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: is_gone(int(child.read_text())))


def wait_until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def is_gone(process):
    """Whether it ended; where nobody collects it, it stays as a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
