"""Scores: stamps, JSON, warnings, and that the public part needs no tensor library."""

import json
import subprocess
import sys
import tracemalloc
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features, Score, extract, open_extractor, score, score_features
from mulligan.metrics.frechet import Frechet
from mulligan.metrics.inception_score import InceptionScore
from mulligan.metrics.label_shares import LabelShares
from mulligan.metrics.modes import Modes
from mulligan.metrics.precision_recall import PrecisionRecall


def pictures(count, seed=0, shape=(28, 28, 1)):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def features(count=400, seed=0, shift=0.0):
    return Features(np.random.default_rng(seed).normal(size=(count, 6)) + shift)


@pytest.fixture(scope="module")
def mnist_classifier():
    return open_extractor("classifier-mnist")


def test_batches_of_any_size_give_the_same_scores(mnist_classifier):
    real, fake = pictures(300), pictures(260, 1)
    whole = score([real], [fake], mnist_classifier, real_name="noise")
    parts = score(np.split(real, [7, 150]), iter(np.split(fake, [100])), mnist_classifier, real_name="noise")
    assert [one.stamp for one in whole] == [one.stamp for one in parts]
    for one, other in zip(whole, parts, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-4, abs=1e-6)
        assert one.low <= one.value <= one.high


def test_the_protocol_names_what_decides_the_number(mnist_classifier):
    found = score(
        [pictures(200)], [pictures(30, 1)], mnist_classifier, real_name="noise", protocol={"checkpoint": "last"}
    )
    assert {one.measure for one in found} >= {
        "frechet", "kernel", "precision", "recall", "label_variation", "classes_found"
    }  # fmt: skip
    assert not {one.measure for one in found} & {
        "modes_found",
        "label_accuracy",
        "ms_ssim",
    }  # what they need is not there
    protocol = found[0].protocol
    assert protocol["extractor"] == "classifier-mnist" and protocol["extractor_hash"] == mnist_classifier.hash
    assert (protocol["real"], protocol["fake"], protocol["seed"]) == ("noise (200)", 30, 0)
    assert protocol["checkpoint"] == "last" and "bicubic" in protocol["resizer"]
    assert "30 samples" in protocol["warning"]


def test_enough_samples_are_not_warned_of():
    found = score_features(features(2000), features(2000, 1), only=[Frechet()])
    assert "warning" not in found[0].protocol


def test_a_number_does_not_depend_on_which_others_are_asked_for():
    alone = score_features(features(), features(seed=1), only=[PrecisionRecall(limit=100)])
    beside = score_features(features(), features(seed=1), only=[Frechet(), PrecisionRecall(limit=100)])
    assert alone == beside[1:]


@dataclass(frozen=True)
class Second(Frechet):
    """The same measure after its formula changed."""

    version: ClassVar[int] = 2


RING = Modes(centers=((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)), deviation=0.1)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (InceptionScore(), InceptionScore(splits=5), "settings is version 1, splits 10 in one and version 1, splits 5"),
        (LabelShares(), LabelShares(resamples=99), "least 0.25, resamples 1000 in one"),
        (RING, replace(RING, centers=(*RING.centers, (0.0, 0.0))), "deviation 0.1"),
        (Frechet(), Second(), "settings is version 1 in one and version 2 in the other"),
    ],
)
def test_a_measure_with_other_numbers_or_another_formula_is_not_compared(one, other, told):
    points = np.random.default_rng(0).normal(size=(300, 2))
    real = Features(points, np.random.default_rng(0).dirichlet(np.ones(3), 300))
    first, second = (score_features(real, real, only=[measure])[0] for measure in (one, other))
    assert first.stamp != second.stamp and len(str(first.protocol["settings"])) < 150
    with pytest.raises(DataError, match=told):
        first.beats(second)


def test_json_and_back():
    for one in score_features(features(), features(seed=1)):
        again = Score.from_json(json.loads(json.dumps(one.to_json())))
        assert again == one and again.stamp == one.stamp
    assert Score.from_json(one.to_json() | {"of a later version": 1}) == one


def test_only_scores_measured_alike_are_compared():
    good, bad = (score_features(features(), features(seed=1, shift=s), only=[Frechet()])[0] for s in (0, 1))
    assert good.beats(bad) and not bad.beats(good)
    fewer = score_features(features(), features(300, seed=1), only=[Frechet()])[0]
    with pytest.raises(DataError, match="fake is 400 in one and 300 in the other"):
        good.beats(fewer)


def test_features_that_are_there_already_are_taken_as_they_are(mnist_classifier):
    real = mnist_classifier(pictures(60))
    assert score(real, [pictures(50, 1)], mnist_classifier, only=[Frechet()])[0].protocol["fake"] == 50


def test_what_cannot_be_scored_gets_a_sentence(mnist_classifier):
    with pytest.raises(DataError, match="there are no pictures to score"):
        score([], [pictures(3)], mnist_classifier)
    with pytest.raises(DataError, match=r"has shape \(3, 8, 8\) and type float64; expected uint8 pictures"):
        score([np.zeros((3, 8, 8))], [pictures(3)], mnist_classifier)
    with pytest.raises(DataError, match=r"LabelShares needs class probabilities.* type --extractor trained"):
        score_features(features(), features(), only=[LabelShares()])


def test_importing_loads_no_tensor_library():
    code = (
        "import sys, mulligan.metrics as m; m.measures(); from mulligan.metrics.extractors import choose; "
        "choose('inception'); print([name for name in ('torch', 'tensorflow', 'keras') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_pictures_that_are_not_kept_are_let_go():
    """A hundred batches of 1 MB, of which seven pictures are kept."""

    class Mean:
        name, hash, resizer, class_names = "mean", "", "none", None

        def __call__(self, raw):
            return Features(raw.mean((1, 2)))

    batches, most = (pictures(10, seed, (256, 400, 1)) for seed in range(100)), 0

    def progress(done):
        nonlocal most
        most = max(most, tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    found = extract(batches, Mean(), progress, keep_raw=7)
    tracemalloc.stop()
    assert most < 10e6, "all of them are 100 MB"
    np.testing.assert_array_equal(found.raw, pictures(10, 0, (256, 400, 1))[:7])
