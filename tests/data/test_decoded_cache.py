"""The decoded cache: found again for the same content, never for another, and never in the way."""

import errno
import hashlib
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from _pictures import picture, write

from mulligan.codecs import ImageCodec
from mulligan.data import _content, open_source
from mulligan.data._cache import Writer, read_entry
from mulligan.data._content_index import Index, Line

CODEC = ImageCodec(size=(8, 8))


@pytest.fixture
def place(tmp_path):
    for index in range(6):
        write(tmp_path / "set" / f"{index}.png", picture(index))
    return tmp_path / "set"


def opened(place, codec=CODEC, **options):
    return open_source(place, codec, **{"cache": place.parent / "cache", **options})


def found(source):
    return source.report.cache.endswith("(found there)")


def test_the_second_start_finds_the_first(place):
    first, second = opened(place), opened(place)
    assert not found(first) and found(second) and first.fingerprint == second.fingerprint
    assert (first.read(np.arange(6))["real"] == second.read(np.arange(6))["real"]).all()


def test_a_changed_pixel_and_an_added_file_are_noticed_a_touch_and_a_move_are_not(place):
    first = opened(place)
    changed = picture(3)
    changed[0, 0, 0] ^= 1
    state = (place / "3.png").stat()
    write(place / "3.png", changed)
    # As a copying program would: the old time on the new content.
    os.utime(place / "3.png", ns=(state.st_atime_ns, state.st_mtime_ns))
    pixel = opened(place)
    assert not found(pixel) and pixel.fingerprint != first.fingerprint
    write(place / "6.png", picture(6))
    added = opened(place)
    assert not found(added) and len(added) == 7
    os.utime(place / "2.png", (1, 1))
    assert found(opened(place))
    moved = place.rename(place.parent / "elsewhere")
    assert found(opened(moved)) and opened(moved).fingerprint == added.fingerprint


def test_a_renamed_class_is_another_set(place):
    for name in ("a", "b"):
        write(place / name / "1.png")
    (place / "0.png").unlink()
    first = opened(place)
    (place / "b").rename(place / "c")
    assert opened(place).fingerprint != first.fingerprint


def test_a_class_that_only_the_test_split_has_moves_no_kept_label(tmp_path):
    place = tmp_path / "set"
    for name in ("train/b", "train/c", "test/b", "test/c"):
        write(place / name / "1.png", picture(len(name)))
    opened(place)
    write(place / "test" / "a" / "1.png")
    source = opened(place)
    assert source.class_names == ("a", "b", "c") and source.read(np.arange(2))["label"].tolist() == [1, 2]


def test_all_splits_of_a_source_without_splits_share_one_entry(place):
    assert not found(opened(place)) and found(opened(place, split="test")) and found(opened(place, split="all"))


def test_every_number_of_the_codec_that_moves_pixels_has_an_entry_of_its_own(place):
    numbers = ({}, {"size": (8, 9)}, {"channels": 1}, {"fit": "pad"}, {"background": "black"})
    sources = [opened(place, ImageCodec(**{"size": (8, 8), **more})) for more in numbers]
    assert len({source.fingerprint for source in sources}) == len(numbers)
    assert found(opened(place, ImageCodec(size=(8, 8), class_names=("x",))))


def test_unchanged_files_are_not_read_again(place, monkeypatch):
    monkeypatch.setattr(_content, "RACY_SECONDS", -1.0)
    opened(place)
    monkeypatch.setattr(_content, "_sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert found(opened(place))


def test_the_files_of_both_splits_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(_content, "RACY_SECONDS", -1.0)
    for split in ("train", "test"):
        for index in range(4):
            write(tmp_path / "set" / split / f"{index}.png", picture(index))
    for split in ("train", "test"):
        opened(tmp_path / "set", split=split)
    monkeypatch.setattr(_content, "_sha256", lambda path: pytest.fail(f"{path} was read again"))
    for split in ("train", "test"):
        assert found(opened(tmp_path / "set", split=split))


def test_a_damaged_index_is_passed_over_and_mended(place, monkeypatch):
    monkeypatch.setattr(_content, "RACY_SECONDS", -1.0)
    first = opened(place)
    (index,) = (place.parent / "cache" / "index").glob("*.jsonl")
    whole = index.read_text()
    lines = whole.splitlines(keepends=True)
    for damaged in (
        "",
        "{",
        "5\n",
        lines[0] + lines[1][:20],
        "".join(lines[::-1]),
        lines[0].replace('", [', '", 1, ['),
    ):
        index.write_text(damaged)
        assert opened(place).fingerprint == first.fingerprint
        assert index.read_text() == whole


def test_an_index_that_cannot_be_written_costs_time_alone(place, monkeypatch):
    monkeypatch.setattr(_content, "RACY_SECONDS", -1.0)
    (place.parent / "cache").mkdir()
    (place.parent / "cache" / "index").write_text("a file where a folder should be")
    assert opened(place).fingerprint == opened(place).fingerprint


def test_an_unchanged_archive_is_not_read_again(place, monkeypatch):
    monkeypatch.setattr(_content, "RACY_SECONDS", -1.0)
    archive = shutil.make_archive(str(place.parent / "packed"), "zip", place)
    cache = place.parent / "cache"
    first = open_source(archive, CODEC, cache=cache)
    monkeypatch.setattr(_content, "_sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert open_source(archive, CODEC, cache=cache).fingerprint == first.fingerprint


def test_an_index_that_fills_the_disk_leaves_nothing_behind(tmp_path):
    class Full:
        """Takes one line."""

        taken = 0

        def write(self, text):
            self.taken += 1
            if self.taken > 1:
                raise OSError(errno.ENOSPC, "no space left on device")

        def close(self):
            pass

    with Index(tmp_path / "index.jsonl") as index:
        for name in "abc":
            assert index.found(name) is None
            index.note(Line(name, [1, 2, 3], "0" * 64))
            if name == "a":
                index._new.close()
                index._new = Full()
                index._new.write("")
    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_is_that_of_one_text(place):
    codec = ImageCodec(size=(8, 8))
    facts = {"format": 1, "codec": codec.decoding, "kind": "folder", "split": "all", "classes": []}
    hashes = sorted([path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in place.iterdir())
    text = json.dumps([facts, hashes], sort_keys=True)
    assert opened(place, codec).fingerprint == hashlib.sha256(text.encode()).hexdigest()


def test_files_changed_just_now_are_read_again_next_time(place):
    opened(place)
    assert not (place.parent / "cache" / "index").exists()


def test_a_source_is_opened_again_in_another_process(place):
    source = opened(place)
    packed = pickle.dumps(source)
    assert len(packed) < 10_000
    copy = pickle.loads(packed)
    assert (copy.read(np.array([4, 1]))["real"] == source.read(np.array([4, 1]))["real"]).all()
    assert source.nbytes == 6 * 8 * 8 * 3


def test_damaged_entries_are_made_again(place):
    folder = place.parent / "cache" / "decoded" / opened(place).fingerprint
    for name, content in (("samples.npy", b""), ("entry.json", b"{"), ("samples.npy", b"\x93NUMPY")):
        (folder / name).write_bytes(content)
        assert not found(opened(place)) and found(opened(place))
    with (folder / "samples.npy").open("r+b") as file:
        file.truncate(200)
    assert not found(opened(place)) and found(opened(place))
    (folder / "entry.json").write_text("[]")
    assert not found(opened(place)) and found(opened(place))


def test_labels_of_another_count_are_made_again(tmp_path):
    for index in range(6):
        write(tmp_path / "set" / "ab"[index % 2] / f"{index}.png", picture(index))
    labels = opened(tmp_path / "set").labels
    folder = tmp_path / "cache" / "decoded" / opened(tmp_path / "set").fingerprint
    np.save(folder / "labels.npy", labels[:3])
    again = opened(tmp_path / "set")
    assert not found(again) and again.labels.tolist() == labels.tolist() and found(opened(tmp_path / "set"))


def test_without_a_cache_nothing_is_written(place):
    source = opened(place, cache=False)
    assert source.report.lines()[-1] == "cache: none, decoded at each start"
    assert list(place.parent.iterdir()) == [place]
    assert (source.read(np.arange(6))["real"] == opened(place).read(np.arange(6))["real"]).all()


def test_the_environment_names_the_place(place, tmp_path, monkeypatch):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path / "named"))
    source = open_source(place, CODEC)
    assert str(tmp_path / "named") in source.report.cache and (tmp_path / "named" / "decoded").is_dir()


def test_too_little_room_is_said_and_survived(place, monkeypatch):
    monkeypatch.setattr("mulligan.data._open.SPARE_BYTES", 2**60)
    source = opened(place)
    assert "MB free at" in source.report.cache and source.read(np.arange(6))["real"].shape == (6, 8, 8, 3)


def test_a_disk_that_fails_while_writing_is_said_and_survived(place):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700, hard))
    try:
        source = opened(place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in source.report.cache and len(source) == 6
    assert not list((place.parent / "cache" / "decoded").iterdir())
    assert source.report.findings.sizes == {"16x16": 6}


def test_an_entry_that_is_cleared_at_once_is_said_and_survived(place, monkeypatch):
    complete = Writer.__exit__

    def then_cleared(self, *exception):
        complete(self, *exception)
        shutil.rmtree(place.parent / "cache" / "decoded")

    monkeypatch.setattr(Writer, "__exit__", then_cleared)
    source = opened(place)
    assert len(source) == 6 and "could not be read back" in source.report.cache


def test_a_place_that_is_no_folder_is_said_and_survived(place, tmp_path):
    (tmp_path / "file").write_text("in the way")
    source = opened(place, cache=tmp_path / "file")
    assert source.report.cache.startswith("none (") and len(source) == 6


def test_leftovers_of_killed_processes_are_removed(place):
    opened(place)
    decoded = place.parent / "cache" / "decoded"
    for name, age in ((".old.1.partial", 48), (".new.2.partial", 1)):
        (decoded / name).mkdir()
        os.utime(decoded / name, (time.time() - age * 3600,) * 2)
    opened(place, ImageCodec(size=(9, 9)))
    assert not (decoded / ".old.1.partial").exists() and (decoded / ".new.2.partial").exists()


KILLED = """
import os, sys
from mulligan.codecs import ImageCodec
from mulligan.data import open_source
open_source(sys.argv[1], ImageCodec(size=(8, 8)), cache=sys.argv[2],
            progress=lambda done, total: os.kill(os.getpid(), 9) if done == 4 else None)
"""


def test_a_start_that_is_killed_leaves_no_entry(place):
    command = [sys.executable, "-c", KILLED, place, place.parent / "cache"]
    assert subprocess.run(command, check=False).returncode == -9
    assert not found(opened(place)) and found(opened(place))


@pytest.mark.parametrize("count", [0, 9, 10, 99_999])
def test_an_entry_holds_as_many_samples_as_were_written(tmp_path, count):
    block = np.arange(count, dtype=np.float32).reshape(-1, 1)
    with Writer(tmp_path, "key", (1,), np.dtype(np.float32)) as writer:
        writer.append(block)
        writer.finish(None, {})
    samples, labels, _ = read_entry(tmp_path, "key")
    assert (samples[:] == block).all() and labels is None
    shutil.rmtree(tmp_path / "decoded")
    assert read_entry(tmp_path, "key") is None
