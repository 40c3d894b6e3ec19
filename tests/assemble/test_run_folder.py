"""A run folder keeps its newest whole state, whatever happens to its files, its disk or its owner."""

import os
import re
import shutil
import socket

import _tiny_runs as tiny
import numpy as np
import pytest
from _faults.disk import NoMount, leave_free, small_disk

from mulligan import tensorfile
from mulligan.codecs._write import save_npz, save_png
from mulligan.errors import RunError
from mulligan.run import Run, model_path


def flip(path, place=-1):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "run"
    tiny.start(folder, set=("tick_images=40",))
    return folder


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


@pytest.mark.parametrize("damage", [flip, cut])
def test_a_damaged_newest_checkpoint_is_passed_over_with_a_notice(damage, run, finished, capsys):
    *_, old, new = sorted((run / "checkpoints").iterdir())  # before them that which a mulligan would go back to
    assert (old.stem, new.stem) == ("000000000040", "000000000080")
    damage(new)
    _, header, notices = Run.open(run).load_checkpoint()
    assert header["images"] == 40
    assert len(notices) == 1 and new.name in notices[0] and "the one before it is used" in notices[0]
    assert tiny.go_on(run).images == 80
    assert tiny.state(run) == tiny.state(finished)
    assert tiny.history(run) == tiny.history(finished)


def test_two_damaged_checkpoints_get_a_sentence(run):
    for path in (run / "checkpoints").iterdir():
        flip(path)
    with pytest.raises(RunError, match=r"no checkpoint of .* is whole; .* --init .*model.safetensors"):
        tiny.go_on(run)


def test_a_damaged_later_checkpoint_does_not_push_out_a_whole_one(tmp_path):
    run = Run(tmp_path)
    for images in (10, 20, 30):
        run.save_checkpoint(images, {"a": np.ones(3)}, {})
    flip(tmp_path / "checkpoints" / "000000000030.safetensors")
    run.save_checkpoint(25, {"a": np.ones(3)}, {})
    assert [path.stem[-2:] for path in sorted((tmp_path / "checkpoints").iterdir())] == ["20", "25"]


def test_a_folder_that_is_taken_or_none_gets_a_sentence(run, tmp_path):
    with pytest.raises(RunError, match="holds a run already; go on with it: mulligan train --resume"):
        tiny.start(run)
    tiny.pictures(tmp_path / "photos", 1)
    with pytest.raises(RunError, match="exists and is no empty folder; choose another --out"):
        tiny.start(tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["0000.png"]
    with pytest.raises(RunError, match="cannot be made"):
        tiny.start(run / "recipe.json" / "inner")
    with pytest.raises(RunError, match="is no run folder"):
        tiny.go_on(tmp_path)
    with pytest.raises(RunError, match="there is no"):
        model_path(tmp_path / "nothing")
    (run / "model.safetensors").unlink()
    with pytest.raises(RunError, match="has no model yet; go on with it"):
        model_path(run)


def test_a_second_owner_is_told_who_the_first_one_is(run):
    first = Run.open(run)
    first.lock()
    try:
        with pytest.raises(RunError, match=f"process {os.getpid()} on {socket.gethostname()}"):
            tiny.go_on(run)
    finally:
        first.unlock()
    assert tiny.go_on(run).reason == "budget"


def test_a_folder_without_permission_gets_a_sentence(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(RunError, match="choose another --out"):
        tiny.start(tmp_path / "closed" / "run")


@pytest.fixture
def disk_of_its_own(tmp_path):
    try:
        with small_disk(tmp_path / "disk", 16) as place:
            yield place
    except NoMount as missing:
        pytest.skip(str(missing))


def test_a_full_disk_ends_the_run_with_a_sentence_and_the_old_state_whole(disk_of_its_own):
    run = disk_of_its_own / "run"
    tiny.start(run, set=("tick_images=40", "networks.generator.hidden=[2000]"))
    state, size = tiny.state(run), max((run / "checkpoints").iterdir()).stat().st_size
    told: list[str] = []
    for share in range(20):  # now this file is the first that does not fit, now that one
        leave_free(disk_of_its_own, share * size // 40)
        with pytest.raises(RunError) as caught:
            tiny.go_on(run, steps=1000)
        told.append(str(caught.value))
        assert tiny.state(run) == state
        assert not list(run.rglob("*.part"))
    sentence = r"the disk is full: \d+\.safetensors needs [\d,]+ bytes and [\d,]+ are free in"
    assert any(re.search(sentence, each) for each in told), told
    (disk_of_its_own / "filler").unlink()
    assert tiny.go_on(run, steps=20).reason == "budget"


def test_a_picture_that_does_not_fit_says_how_many_bytes_it_needs(disk_of_its_own):
    leave_free(disk_of_its_own, 0)
    raw = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    with pytest.raises(RunError, match=r"the disk is full: a\.png needs 1\d,\d{3} bytes and [\d,]+ are free in"):
        save_png(disk_of_its_own / "a.png", raw, None)
    with pytest.raises(RunError, match=r"the disk is full: a\.npz needs more than the [\d,]+ free bytes in"):
        save_npz(disk_of_its_own / "a.npz", raw[None], None)
    assert [path.name for path in disk_of_its_own.iterdir()] == ["filler"]


def test_strays_of_a_killed_writer_go_at_the_next_start(run):
    for folder in (run, run / "checkpoints", run / "samples"):
        (folder / ".model.safetensors.1.part").write_bytes(b"half")
    tiny.go_on(run)
    assert not list(run.rglob("*.part"))


def test_a_file_where_a_folder_is_needed_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        tensorfile.write(tmp_path / "file" / "inner.safetensors", {}, {})
