"""The sets that need no files: the digits and the toy mixtures."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mulligan.codecs import ImageCodec, PointsCodec
from mulligan.data import digits, open_source, survey
from mulligan.data._survey import _grain
from mulligan.data.toy import SETS

DIGITS = ImageCodec(size=(8, 8), channels=1)


def test_the_digits_are_all_there_once_and_split_in_fixed_halves():
    train, test, everything = (open_source("digits", DIGITS, split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(everything)) == (899, 898, 1797)
    pixels, labels = load_digits(return_X_y=True)
    batch = everything.read(np.arange(1797))
    assert np.abs(batch["real"].reshape(1797, 64) - pixels * 255 / 16).max() <= 0.5
    assert (batch["label"] == labels).all()
    halves = np.concatenate([source.read(np.arange(len(source)))["real"] for source in (train, test)])
    assert sorted(map(bytes, halves)) == sorted(map(bytes, batch["real"]))
    assert min(train.class_counts) >= 70 and sum(train.class_counts) == 899 and train.has_test_split


def test_where_the_library_has_its_file_elsewhere_it_is_asked_itself(monkeypatch):
    digits._pixels_and_labels.cache_clear()
    with monkeypatch.context() as unused:
        unused.setitem(sys.modules, "sklearn.datasets", None)  # which would be an error to import
        usual = open_source("digits", DIGITS).read(np.arange(899))
    monkeypatch.setattr(digits, "FILE", Path("elsewhere"))
    digits._pixels_and_labels.cache_clear()
    moved = open_source("digits", DIGITS).read(np.arange(899))
    digits._pixels_and_labels.cache_clear()
    assert all((usual[name] == moved[name]).all() for name in ("real", "label"))


def test_the_digits_never_change():
    # Scores of published recipes refer to these halves.
    assert open_source("digits", DIGITS).read(np.arange(12))["label"].tolist() == [3, 4, 5, 8, 0, 1, 2, 3, 4, 6, 8, 9]
    assert open_source("digits", DIGITS).fingerprint == open_source("digits", DIGITS).fingerprint
    assert open_source("digits", DIGITS).fingerprint != open_source("digits", DIGITS, "test").fingerprint


def test_the_digits_grow_to_the_size_that_is_asked():
    source = open_source("digits", ImageCodec(size=(32, 32), channels=3))
    assert source.read(np.array([0]))["real"].shape == (1, 32, 32, 3) and source.nbytes == 899 * 32 * 32 * 3
    found = survey("digits")
    assert (found.kind, found.count, found.size, found.channels) == ("digits", 899, (8, 8), 1)
    assert found.class_names == tuple("0123456789") and found.splits == ("train", "test") and not found.is_points


@pytest.mark.parametrize(("name", "modes", "deviation"), [("ring", 8, 0.1), ("grid", 25, 0.05), ("grid10", 100, 0.05)])
def test_toy_sets_are_the_mixtures_that_they_claim_to_be(name, modes, deviation):
    source = open_source(f"toy:{name}", PointsCodec())
    points = source.read(np.arange(len(source)))["real"]
    assert points.shape == (100_000, 2) and points.dtype == np.float32
    truth = source.modes
    assert truth.centers.shape == (modes, 2) and truth.deviation == deviation
    offsets = points - truth.centers[truth.index]
    assert np.abs(offsets.mean(axis=0)).max() < deviation / 50
    assert offsets.std() == pytest.approx(deviation, rel=0.01)
    counts = np.bincount(truth.index)
    assert counts.max() - counts.min() <= 1
    assert "label" not in source.read(np.array([0])) and source.class_names == ()


def test_toy_sets_are_the_same_each_time_and_differ_between_splits():
    train, again, test = (open_source("toy:ring", PointsCodec(), split) for split in ("train", "train", "test"))
    assert train.fingerprint == again.fingerprint != test.fingerprint
    points = [set(map(bytes, source.read(np.arange(100_000))["real"])) for source in (train, test)]
    assert len(points[0]) == len(points[1]) == 100_000 and not points[0] & points[1]
    assert np.allclose(np.linalg.norm(train.modes.centers, axis=1), 2)
    found = survey("toy:grid")
    assert found.is_points and found.size == (2,) and found.channels == 0
    assert found.spread == pytest.approx(8**0.5, rel=0.01)
    assert pickle.loads(pickle.dumps(train)).modes.deviation == 0.1


@pytest.mark.parametrize("name", list(SETS))
def test_the_survey_finds_the_size_of_the_clusters(name):
    found = survey(name)
    assert found.grain * found.spread == pytest.approx(SETS[name][1], rel=0.15)


def test_points_without_clusters_have_their_own_spread_as_grain():
    random = np.random.default_rng(0)
    for points in (random.normal(size=(4000, 2)), random.uniform(size=(4000, 2)), random.normal(size=(4000, 6))):
        assert 0.7 < _grain(points) / points.std() < 2
    assert _grain(points[:5]) == 0.0, "too few to tell"
    assert _grain(np.ones((100, 2))) == 0.0
