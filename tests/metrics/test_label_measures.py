"""What needs class probabilities or labels: Inception score, divergence of modes, accuracy and distance by class."""

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features
from mulligan.metrics.frechet import distance_of_samples
from mulligan.metrics.inception_score import InceptionScore, inception_score
from mulligan.metrics.label_accuracy import LabelAccuracy
from mulligan.metrics.label_frechet import LabelFrechet
from mulligan.metrics.mode_kl import ModeKL, divergence


def take(measure, real, fake, seed=0):
    return {one.measure: one for one in measure(real, fake, np.random.default_rng(seed))}


def classified(labels, classes, told=None):
    """Samples that a classifier is sure of; ``told`` are the labels that they came with."""
    one_hot = np.eye(classes, dtype=np.float32)[labels]
    return Features(np.zeros((len(labels), 1)), one_hot, labels=told)


def test_inception_score_is_the_literal_one():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=30)
    marginal = [np.mean([row[c] for row in p]) for c in range(4)]
    divergences = [sum(row[c] * np.log(row[c] / marginal[c]) for c in range(4)) for row in p]
    assert inception_score(p) == pytest.approx(np.exp(np.mean(divergences)), rel=1e-12)


def test_inception_score_goes_from_one_to_the_number_of_classes():
    even, one = np.tile(np.arange(10), 200), np.zeros(2000, int)
    assert inception_score(np.eye(10)[even]) == pytest.approx(10)
    assert inception_score(np.eye(10)[one]) == 1 and inception_score(np.full((50, 10), 0.1)) == 1


def test_inception_score_of_samples_that_come_class_by_class():
    """Ten splits in the order of the classes would see one class each, and score 1."""
    found = take(InceptionScore(), classified(np.arange(2000) // 200, 10), classified(np.arange(2000) // 200, 10))
    score = found["inception_score"]
    assert score.low < score.value < score.high and 9.5 < score.value < 10
    assert score.details["sd over splits"] > 0
    assert score.low < score.details["of the real samples"] < score.high, "in splits too, which lower the number"


def test_inception_score_interval_is_the_spread_over_sets_of_fakes():
    p = np.random.default_rng(0).dirichlet(np.full(10, 0.3), size=(40, 1000))
    found = [take(InceptionScore(), Features(one, one), Features(one, one))["inception_score"] for one in p]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.3)


def test_divergence_is_the_literal_sum():
    q, p = np.array([5, 0, 3, 2]), np.array([40, 10, 30, 20])
    literal = 0.5 * np.log(0.5 / 0.4) + 0.3 * np.log(0.3 / 0.3) + 0.2 * np.log(0.2 / 0.2)
    assert divergence(q, p) == pytest.approx(literal)
    assert divergence(p, p) == 0 and np.isfinite(divergence(np.array([1, 9]), np.array([0, 10])))


@pytest.mark.parametrize("classes", [5, 100])
def test_divergence_is_never_below_zero_and_within_its_interval(classes):
    """Also where real samples have one class of a hundred, and the fakes all."""
    random = np.random.default_rng(0)
    real, even = np.zeros(2000, int), random.integers(classes, size=2000)
    assert divergence(np.full(classes, 20), np.where(np.arange(classes), 0, 1)) >= 0
    for fake in (real, even, np.where(even == 1, 0, even)):
        kl = take(ModeKL(), classified(real, classes), classified(fake, classes))["mode_kl"]
        assert 0 <= kl.low <= kl.value <= kl.high


def test_a_perfect_sampler_of_a_thousand_modes_gets_the_floor():
    random, even = np.random.default_rng(0), np.repeat(np.arange(1000), 50).astype(np.int16)
    found = take(ModeKL(resamples=100), classified(even, 1000), classified(random.integers(1000, size=25_600), 1000))
    kl, modes = found["mode_kl"], found["modes_seen"]
    assert modes.value == 1000 and kl.how["classes"] == 1000
    assert kl.details["floor (K-1)/(2N)"] == pytest.approx(999 / 51_200)
    assert kl.details["floor for endless real samples"] == pytest.approx(999 / 51_200, rel=0.03)
    assert kl.details["floor"] == pytest.approx(999 / 51_200 + 999 / 100_000, rel=0.05)
    assert kl.value == pytest.approx(kl.details["floor for endless real samples"], rel=0.1)


def test_half_of_the_modes_cost_the_logarithm_of_two():
    even = np.tile(np.arange(100), 50)
    found = take(ModeKL(), classified(even, 100), classified(even // 2, 100))
    assert found["mode_kl"].value == pytest.approx(np.log(2)) and found["modes_seen"].value == 50
    assert found["mode_kl"].low <= np.log(2) <= found["mode_kl"].high


def test_divergence_interval_is_the_spread_over_sets_of_fakes():
    random, shares = np.random.default_rng(0), np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    real = classified(np.repeat(np.arange(5), 400), 5)
    found = [take(ModeKL(), real, classified(random.choice(5, p=shares, size=800), 5))["mode_kl"] for _ in range(60)]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.3)


def test_label_accuracy_counts_what_was_asked_for():
    asked = np.tile(np.arange(5), 100)
    drawn = np.where((asked == 3) & (np.arange(500) % 2 == 0), 0, asked)  # half of the 3s come out as 0s
    found = take(LabelAccuracy(), classified(asked, 5, told=asked), classified(drawn, 5, told=asked))["label_accuracy"]
    assert found.value == pytest.approx(0.9) and found.low < 0.9 < found.high
    assert found.details["of the real samples"] == 1
    assert found.details["by class"] == {"0": 1, "1": 1, "2": 1, "3": 0.5, "4": 1}


def labelled(count, seed, mixed=False, classes=3):
    """Classes that lie apart; ``mixed``: the right samples under the wrong labels."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    values = random.normal(size=(count, 4)) + 3 * labels[:, None]
    return Features(values, labels=random.permutation(labels) if mixed else labels)


def test_label_frechet_is_the_mean_over_classes():
    real, fake = labelled(600, 0), labelled(300, 1)
    by_class = [distance_of_samples(real.values[real.labels == c], fake.values[fake.labels == c]) for c in range(3)]
    found = take(LabelFrechet(), real, fake)["label_frechet"]
    assert found.value == pytest.approx(np.mean(by_class)) and found.low < found.value < found.high
    assert list(found.details["by class"].values()) == pytest.approx(by_class)


def test_right_samples_under_wrong_labels_are_seen_by_class_alone():
    real = labelled(900, 0)
    good, mixed = (take(LabelFrechet(), real, labelled(900, 1, mixed))["label_frechet"] for mixed in (False, True))
    assert mixed.low > 10 * good.high
    whole = [distance_of_samples(real.values, labelled(900, 1, mixed).values) for mixed in (False, True)]
    assert whole[0] == pytest.approx(whole[1])


def test_label_frechet_interval_is_the_spread_over_sets_of_fakes():
    real = labelled(3000, 0)
    found = [take(LabelFrechet(), real, labelled(300, seed, mixed=True))["label_frechet"] for seed in range(1, 40)]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.3)


def test_classes_with_too_few_samples_are_named_and_left_out():
    real, fake = labelled(300, 0), labelled(300, 1)
    fake = Features(fake.values[:61], labels=np.where(fake.labels[:61] == 2, 1, fake.labels[:61]))
    found = take(LabelFrechet(), real, fake)["label_frechet"]
    assert list(found.details["by class"]) == ["0", "1"] and found.how["classes"] == 2
    assert "classes [2]: fewer than 20 on a side" in found.details["too few samples"]
    with pytest.raises(DataError, match="needs 1000 samples of a class a side; no class has so many"):
        take(LabelFrechet(least=1000), real, fake)
