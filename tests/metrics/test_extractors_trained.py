"""The classifier that is trained on the spot, the accuracy score that trains it on samples, and the stacked one."""

import numpy as np
import pytest

from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source
from mulligan.errors import DataError
from mulligan.metrics import Features, open_extractor, score_features
from mulligan.metrics.classification_accuracy import ClassificationAccuracy
from mulligan.metrics.extractors import _weights, trained_torch
from mulligan.metrics.extractors.trained import Training

BRIEF = Training(epochs=15)


def digits(split):
    source = open_source("digits", ImageCodec((8, 8), 1), split=split, cache=False)
    found = source.read(np.arange(len(source)))
    return found["real"], found["label"]


@pytest.fixture(scope="module")
def train():
    return digits("train")


@pytest.fixture(scope="module")
def test():
    return digits("test")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))


def lesson(raw, labels, parts=1):
    """The pictures in batches, and how often they were asked for."""
    asked = []

    def labelled(most):
        asked.append(most)
        return zip(np.array_split(raw[:most], parts), np.array_split(labels[:most], parts), strict=True)

    return labelled, asked


def test_it_learns_the_classes_and_is_found_again(train, test, tmp_path):
    labelled, asked = lesson(*train)
    first = open_extractor("trained", labelled=labelled)
    assert asked == [Training().pictures] and first.name == "trained" and len(first.class_names) == 10
    assert (first(test[0]).probabilities.argmax(1) == test[1]).mean() > 0.96
    (kept,) = (tmp_path / "weights").glob("trained-*.safetensors")
    written = kept.stat().st_mtime_ns
    again = open_extractor("trained", labelled=lesson(*train, parts=7)[0])
    assert again.hash == first.hash and kept.stat().st_mtime_ns == written
    np.testing.assert_array_equal(again(test[0]).values, first(test[0]).values)


def test_another_pixel_label_or_number_is_another_classifier(train, tmp_path):
    few, names = train[0][:200].copy(), train[1][:200].copy()
    opened = lambda training=BRIEF: trained_torch.open_twin(lesson(few, names)[0], "cpu", training).hash  # noqa: E731
    hashes = [opened()]
    few[100, 4, 4, 0] += 1
    hashes.append(opened())
    names[0] = (names[0] + 1) % 10
    hashes += [opened(), opened(Training(epochs=15, seed=1))]
    assert len(set(hashes)) == 4 == len(list((tmp_path / "weights").iterdir()))
    assert opened() == hashes[2]


def test_a_seed_gives_the_same_classifier_and_leaves_the_random_numbers_alone(train):
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    hashes = {
        trained_torch.open_twin(lesson(train[0][:100], train[1][:100])[0], "cpu", BRIEF, False).hash for _ in "ab"
    }
    assert len(hashes) == 1 and torch.equal(torch.rand(3), expected)


def test_a_damaged_classifier_is_trained_anew(train, tmp_path):
    labelled, _ = lesson(train[0][:100], train[1][:100])
    first = trained_torch.open_twin(labelled, "cpu", BRIEF)
    (kept,) = (tmp_path / "weights").iterdir()
    whole = kept.read_bytes()
    for content in (whole[:1000], whole[:-1] + bytes([whole[-1] ^ 1])):
        kept.write_bytes(content)
        assert trained_torch.open_twin(labelled, "cpu", BRIEF).hash == first.hash
        assert _weights.tensors_hash(_weights.load(kept)) == first.hash


def test_a_cache_that_cannot_be_written_costs_nothing_but_the_next_training(train, tmp_path):
    (tmp_path / "weights").write_text("a file where the folder should be")
    labelled, _ = lesson(train[0][:100], train[1][:100])
    assert trained_torch.open_twin(labelled, "cpu", BRIEF).hash == trained_torch.open_twin(labelled, "cpu", BRIEF).hash


def test_larger_colored_pictures_are_brought_down(train):
    raw = np.repeat(np.repeat(np.repeat(train[0][:60], 6, axis=1), 5, axis=2), 3, axis=3)  # 48x40 in color
    found = trained_torch.open_twin(lesson(raw, train[1][:60])[0], "cpu", BRIEF, keep=False)
    assert found.size == (32, 32) and found.channels == 3
    assert found(raw).values.shape == (60, BRIEF.features)


def test_only_so_many_pictures_are_taken(train):
    labelled, asked = lesson(*train)
    trained_torch.open_twin(labelled, "cpu", Training(pictures=50, epochs=2), keep=False)
    assert asked == [50]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.zeros(4, np.int64), "tells classes apart, and there are 1"),
        (np.array([0.5, 1, 0, 1]), "learns from classes counted from 0"),
        (np.array([-1, 1, 0, 1]), "learns from classes counted from 0"),
        (np.zeros(0, np.int64), "tells classes apart, and there are 0"),
    ],
)
def test_labels_that_teach_nothing_get_a_sentence(labels, sentence):
    raw = np.zeros((len(labels), 8, 8, 1), np.uint8)
    with pytest.raises(DataError, match=sentence):
        open_extractor("trained", labelled=lesson(raw, labels)[0])


def test_without_labels_it_says_what_to_give():
    with pytest.raises(DataError, match="learns from the labels of the data; give data that has some"):
        open_extractor("trained")


def side(raw, labels, held_out=None):
    return Features(raw.reshape(len(raw), -1)[:, ::8].astype(float), raw=raw, labels=labels, held_out=held_out)


def test_samples_that_teach_the_classes_are_told_from_those_that_do_not(train, test):
    """Half of the real digits teach as much as the other half; the same with labels mixed up teach nothing."""
    real, held_out = side(train[0][:440], train[1][:440]), side(*test)
    measure = ClassificationAccuracy(Training(epochs=25))
    take = lambda raw, labels: score_features(  # noqa: E731
        real._replace(held_out=held_out), side(raw, labels), only=[measure]
    )[0]
    good = take(train[0][440:880], train[1][440:880])
    mixed = take(train[0][440:880], np.random.default_rng(0).permutation(train[1][440:880]))
    of_real = good.details["of real samples"]
    assert good.value > 0.85 and abs(good.value - of_real[0]) < 0.05 and of_real[1] < of_real[0] < of_real[2]
    assert mixed.value < 0.3 and good.low < good.value < good.high and good.better == "higher"
    assert good.protocol["classifier"].startswith("trained on 440, torch") and len(good.details["by class"]) == 10


def test_the_accuracy_score_is_taken_only_when_asked_for_and_says_what_it_lacks(train):
    few = side(train[0][:50], train[1][:50])
    real = few._replace(held_out=few._replace(raw=None))
    assert all(one.measure != "classification_accuracy" for one in score_features(real, few))
    with pytest.raises(DataError, match="needs held-out pictures with their labels"):
        score_features(real, few, only=[ClassificationAccuracy()])
    with pytest.raises(DataError, match="ClassificationAccuracy needs labels on both sides"):
        score_features(real, few._replace(labels=None), only=[ClassificationAccuracy()])


def test_three_digits_in_three_channels_are_one_class_of_a_thousand(shared):
    source = open_source(shared / "mnist", ImageCodec((28, 28), 1), split="test", cache=False)
    found = source.read(np.arange(900))
    raw, labels = found["real"].reshape(300, 3, 28, 28).transpose(0, 2, 3, 1), found["label"].reshape(300, 3)
    stacked, single = open_extractor("classifier-mnist-stacked"), open_extractor("classifier-mnist")
    seen = stacked(np.ascontiguousarray(raw))
    assert seen.values.shape == (300, 3 * 96) and seen.probabilities.shape == (300, 1000)
    assert seen.probabilities.dtype == np.float32
    assert (seen.probabilities.argmax(1) == labels @ [100, 10, 1]).mean() > 0.97
    assert stacked.class_names[407] == "407" and stacked.name != single.name and stacked.hash == single.hash
    one = single(found["real"])
    np.testing.assert_allclose(seen.values, one.values.reshape(300, -1), atol=1e-4)
    p = one.probabilities.astype(np.float64).reshape(300, 3, 10)
    product = np.einsum("na,nb,nc->nabc", p[:, 0], p[:, 1], p[:, 2]).reshape(300, 1000)
    np.testing.assert_allclose(seen.probabilities, product, atol=1e-5)
