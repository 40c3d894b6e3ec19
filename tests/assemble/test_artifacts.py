"""What a run writes may be passed on: no absolute path, no user, no computer, no environment."""

import re
import socket
import zlib
from pathlib import Path

import _tiny_runs as tiny
import pytest

from mulligan.apps.model import load
from mulligan.assemble.place import located, portable
from mulligan.codecs._write import save_npz

ABSOLUTE = re.compile(rb"(?<![\w.:/<~])/(?:tmp|home|root|Users|usr|work|var|private|opt)/[\w.-]+")


def content(path):
    """The bytes of a file, with the compressed texts of PNG files laid open."""
    found = path.read_bytes()
    if path.suffix == ".png":
        for match in re.finditer(rb"(zTXt|iTXt)([^\0]+)\0", found):
            try:
                found += zlib.decompress(found[match.end() + 1 :])
            except zlib.error:
                continue
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of every kind: built-in and own data, interrupted, resumed, fine-tuned, with a recipe file."""
    place = tmp_path_factory.mktemp("secret-folder")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("USER", "LOGNAME", "API_TOKEN"):
            patch.setenv(name, "secret-word")
        patch.setenv("MULLIGAN_CACHE", str(place / "cache"))
        patch.setattr(socket, "gethostname", lambda: "secret-host")
        _make(place)
    return place


def _make(place):
    photos = tiny.pictures(place / "private photos", 12)
    tiny.start(place / "a", steps=6, set=("tick_images=16",))
    with tiny.signal_after(6):
        tiny.start(place / "b", photos, steps=9, cache=True)
    tiny.go_on(place / "b", cache=True)
    tiny.start(place / "c", "toy:ring", recipe="auto", steps=2, set=("batch_size=8", "score_samples=50"))
    tiny.start(place / "d", photos, init=str(place / "a"), freeze_layers=1, recipe=None, steps=3)
    own = place / "own.py"
    own.write_text("from mulligan.recipes.dense import recipe\n")
    tiny.start(place / "e", recipe=str(own), steps=2, set=tiny.TINY)
    model = load(place / "b")
    save_npz(place / "b" / "made.npz", model.generate(4), model.provenance(seed=0))


def test_at_least_twenty_files_tell_nothing_of_the_machine(runs):
    files = [path for run in sorted(runs.glob("?")) for path in run.rglob("*") if path.is_file()]
    assert len(files) >= 20
    assert {".json", ".jsonl", ".safetensors", ".png", ".html", ".npz"} <= {path.suffix for path in files}
    for path in files:
        found = content(path)
        assert b"secret" not in found, path
        assert not ABSOLUTE.search(found), (path, ABSOLUTE.search(found))
    names = {path.name for path in runs.rglob("*")}
    assert "owner.json" not in names
    assert not [name for name in names if "secret" in name]


def test_the_place_of_the_data_is_relative_and_passes_through_nobodys_home(tmp_path, monkeypatch):
    home = tmp_path / "home" / "alice"
    monkeypatch.setenv("HOME", str(home))
    (home / "photos").mkdir(parents=True)
    cases = {
        # data, run folder: how it is written
        (home / "photos", home / "runs" / "a"): "../../photos",
        (home / "photos", tmp_path / "scratch" / "a"): "~/photos",
        (tmp_path / "data", home / "runs" / "a"): "../../../../data",
        (tmp_path / "data", tmp_path / "runs" / "a"): "../../data",
    }
    for (data, run), written in cases.items():
        assert portable(data, run) == written
        assert Path(located(written, run)) == data
    assert portable("digits", home) == located("digits", home) == "digits"


def test_a_run_folder_may_be_renamed_moved_and_reached_from_anywhere(tmp_path, monkeypatch):
    photos = tiny.pictures(tmp_path / "photos", 12)
    monkeypatch.chdir(tmp_path)
    tiny.start(Path("runs/first"), "photos", steps=2)
    Path("runs/first").rename("runs/second")
    (tmp_path / "link").symlink_to(tmp_path / "runs" / "second")
    monkeypatch.chdir(photos)
    assert tiny.go_on(Path("../link"), steps=4).images == 4 * tiny.BATCH
