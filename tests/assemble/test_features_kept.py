"""Features of the real side are kept on disk, and never taken for those of other pictures."""

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from _tiny_runs import pictures
from PIL import Image

from mulligan import data
from mulligan.assemble.judge import Judge
from mulligan.codecs.image import ImageCodec
from mulligan.metrics import FeatureCache, Features, features_key, open_extractor


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture
def folder(tmp_path) -> Path:
    return pictures(tmp_path / "real", 30)


def real_side(folder: Path, size: int = 8, extractor: str = "random_conv", **words) -> tuple[Features, bool]:
    """The features of all pictures in a folder, and whether they were made anew."""
    shown = []
    source = data.open_source(str(folder), ImageCodec(size=(size, size), channels=1), split="train")
    tell = lambda what, done, total: shown.append(what)  # noqa: E731
    judge = Judge(source, where="real", split="train", extractor=extractor, progress=tell, **words)
    return judge.real, bool(shown)


def change_one_pixel(folder: Path) -> None:
    path = folder / "0007.png"
    pixels = np.asarray(Image.open(path)).copy()
    pixels[3, 3] ^= 1
    Image.fromarray(pixels).save(path)


def add_one_file(folder: Path) -> None:
    shutil.copy(folder / "0007.png", folder / "0030.png")


def touch(folder: Path) -> None:
    later = time.time() + 60
    os.utime(folder / "0007.png", (later, later))


@pytest.mark.parametrize("change, anew", [(change_one_pixel, True), (add_one_file, True), (touch, False)])
def test_a_change_of_the_pictures_is_seen_and_one_of_the_clock_alone_is_not(cache, folder, change, anew):
    before, made = real_side(folder)
    assert made and not real_side(folder)[1], "the second time they are there"
    change(folder)
    after, made = real_side(folder)
    assert made is anew
    assert np.array_equal(before.values, after.values) is not anew


def test_a_folder_that_moved_keeps_its_features(cache, folder, tmp_path):
    before, _ = real_side(folder)
    after, made = real_side(folder.rename(tmp_path / "elsewhere"))
    assert not made
    assert all(np.array_equal(getattr(before, name), getattr(after, name)) for name in before.known | after.known)


def test_another_size_count_or_extractor_is_another_real_side(cache, folder):
    real_side(folder)
    for words in ({"size": 12}, {"real": 20}, {"extractor": "classifier-digits"}):
        assert real_side(folder, **words)[1], words
    assert len(list(cache.iterdir())) == 4


def test_what_is_kept_is_what_was_made_with_the_pictures_beside_it(cache, folder):
    made, kept = (real_side(folder, extractor="classifier-digits")[0] for _ in range(2))
    assert kept.probabilities is not None and kept.raw is not None
    for name in ("values", "probabilities", "raw"):
        assert np.array_equal(getattr(made, name), getattr(kept, name)), name
    assert len(np.unique(kept.raw, axis=0)) == 30


def test_pictures_stand_in_an_order_that_mixes_the_classes(cache):
    """The first raw pictures are taken for all of them, and files often lie class by class."""
    source = data.open_source("digits", ImageCodec(size=(8, 8), channels=1), split="train")
    real = Judge(source, where="digits", split="train").real
    assert real.labels is not None and len(real.labels) == len(real.values) == 899
    again = open_extractor("classifier-digits")(real.raw).probabilities.argmax(1)
    assert (again == real.labels).mean() > 0.9, "labels belong to their pictures"
    assert len(np.unique(real.labels[:100])) == 10


@pytest.mark.parametrize("damage", [b"", b"no features", None])
def test_a_damaged_file_is_told_of_and_made_anew(cache, folder, damage):
    before, _ = real_side(folder)
    (path,) = cache.iterdir()
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content if damage is None else damage)
    told = []
    after, made = real_side(folder, tell=told.append)
    assert made and np.array_equal(before.values, after.values)
    assert len(told) == 1 and "made anew" in told[0] and path.name in told[0]
    assert not real_side(folder)[1], "the whole one took its place"


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch, folder):
    (tmp_path / "file").write_text("where a folder should be")
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        real, made = real_side(folder)
        assert made and len(real.values) == 30


def test_without_a_cache_nothing_is_kept(cache, folder):
    assert real_side(folder, cache=False)[1] and not cache.exists()


def test_what_was_not_used_for_longest_is_removed_first(tmp_path):
    values = Features(np.zeros((100, 10), np.float32))  # 4,000 bytes and a header
    cache = FeatureCache(tmp_path, largest=3 * 4600)
    for index, key in enumerate("abc"):
        cache.write(key, values)
        os.utime(tmp_path / f"{key}.safetensors", ns=(index, index))
    assert cache.read("a") is not None, "read now, so the last to go"
    cache.write("d", values)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]
    assert cache.read("b") is None
    cache.write("e", Features(np.zeros((10_000, 10), np.float32)))
    assert cache.read("e") is None and cache.read("a") is not None, "what is larger than all of it is not kept"


def test_all_that_decides_the_features_is_in_their_name():
    extractor = open_extractor("random_conv")
    names = {features_key(content, count, extractor, device) for content in "ab" for count in (1, 2) for device in "cg"}
    for name, value in (("name", "other"), ("hash", "0"), ("resizer", "none")):
        changed = open_extractor("random_conv")
        setattr(changed, name, value)
        names.add(features_key("a", 1, changed, "c"))
    assert len(names) == 8 + 3


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value")  # of one picture's deviation
def test_a_measure_that_needs_more_than_there_is_costs_no_other(cache, folder):
    source = data.open_source(str(folder), ImageCodec(size=(8, 8), channels=1), split="train")
    judge = Judge(source, where="real", split="train", extractor="random_conv")
    fake = judge.real._replace(raw=judge.real.raw[:1])
    found = judge.verdict(fake)
    assert "ms_ssim" in found.left_out and "at least 2 pictures" in found.left_out["ms_ssim"]
    whole = judge.verdict(judge.real)
    assert "ms_ssim" in {score.measure for score in whole.scores} - {score.measure for score in found.scores}
    assert "precision" in {score.measure for score in found.scores}, "which looks at no pictures"
    assert found.scores[0].measure == "frechet" and whole.left_out == {}


def test_what_a_killed_writer_left_is_removed_a_day_later(tmp_path):
    old, new = tmp_path / ".one.safetensors.1.part", tmp_path / ".two.safetensors.2.part"
    for path in (old, new):
        path.write_bytes(b"half of it")
    os.utime(old, (0, old.stat().st_mtime - 25 * 3600))
    FeatureCache(tmp_path).write("three", Features(np.zeros((4, 2))))
    assert not old.exists() and new.exists(), "who is still writing is left in peace"
