"""The classifier that is trained on the spot, in TensorFlow: it learns, follows from its seed, and torch can use it."""

import random

import numpy as np
import pytest

from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source
from mulligan.metrics import Features, open_extractor, score_features
from mulligan.metrics.classification_accuracy import ClassificationAccuracy
from mulligan.metrics.extractors.trained import Training
from mulligan.twins import twin

pytest.importorskip("tensorflow")

BRIEF = Training(epochs=15)


def digits(split):
    source = open_source("digits", ImageCodec((8, 8), 1), split=split, cache=False)
    found = source.read(np.arange(len(source)))
    return found["real"], found["label"]


@pytest.fixture(scope="module")
def halves():
    return digits("train"), digits("test")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))


@pytest.mark.parametrize("first, then", [("tensorflow", "torch"), ("torch", "tensorflow")])
def test_one_framework_finds_what_the_other_has_trained(halves, tmp_path, first, then):
    (raw, labels), (unseen, names) = halves
    trained = open_extractor("trained", labelled=lambda most: [(raw, labels)], framework=first)
    (kept,) = (tmp_path / "weights").glob("trained-*.safetensors")
    written = kept.stat().st_mtime_ns
    found = open_extractor("trained", labelled=lambda most: [(raw, labels)], framework=then)
    assert kept.stat().st_mtime_ns == written and found.hash == trained.hash
    assert (found(unseen).probabilities.argmax(1) == names).mean() > 0.96
    np.testing.assert_allclose(found(unseen).values, trained(unseen).values, rtol=1e-4, atol=1e-4)


def test_a_seed_gives_the_same_classifier_and_leaves_the_random_numbers_alone(halves):
    (raw, labels), _ = halves
    module = twin("mulligan.metrics.extractors.trained", "tensorflow")
    opened = lambda training: module.open_twin(lambda most: [(raw[:100], labels[:100])], "cpu", training, False).hash  # noqa: E731
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    assert opened(BRIEF) == opened(BRIEF)
    assert (random.random(), np.random.random()) == expected


def test_the_accuracy_score_says_which_framework_trained_it(halves):
    (raw, labels), (unseen, names) = halves
    side = lambda raw, labels: Features(raw.reshape(len(raw), -1).astype(float), raw=raw, labels=labels)  # noqa: E731
    real, fake = (
        side(raw[:440], labels[:440])._replace(held_out=side(unseen, names)),
        side(raw[440:880], labels[440:880]),
    )
    score = score_features(real, fake, only=[ClassificationAccuracy(BRIEF, "tensorflow")])[0]
    assert score.value > 0.8 and score.protocol["classifier"].startswith("trained on 440, tensorflow on the CPU")
