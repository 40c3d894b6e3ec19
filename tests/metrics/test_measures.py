"""Kernel distance, precision and recall, label shares and mode coverage against literal forms and known cases."""

from dataclasses import is_dataclass

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features, measures, score_features
from mulligan.metrics.kernel import Kernel
from mulligan.metrics.kernel import distance as kernel_distance
from mulligan.metrics.label_shares import LabelShares
from mulligan.metrics.mode_kl import ModeKL
from mulligan.metrics.modes import Modes
from mulligan.metrics.precision_recall import PrecisionRecall


def normal(count, dimensions, seed, shift=0.0):
    return np.random.default_rng(seed).normal(size=(count, dimensions)) + shift


def take(measure, real, fake, seed=0):
    """The estimates of a measure by name."""
    return {one.measure: one for one in measure(real, fake, np.random.default_rng(seed))}


def test_every_measure_says_what_it_needs_and_what_is_better():
    assert {"frechet", "kernel", "label_shares", "modes", "precision_recall"} <= set(measures())
    for kind in measures().values():
        assert is_dataclass(kind) and kind.__doc__
        assert kind.needs <= {*Features._fields, "points", "time"} and kind.quick in (True, False)
        assert set(kind.better.values()) <= {"higher", "lower"}


def test_kernel_distance_is_the_literal_sum_over_pairs():
    x, y = normal(7, 5, 0), normal(6, 5, 1, shift=0.5)
    k = lambda a, b: (a @ b / 5 + 1) ** 3  # noqa: E731
    xx = sum(k(x[i], x[j]) for i in range(7) for j in range(7) if i != j) / 42
    yy = sum(k(y[i], y[j]) for i in range(6) for j in range(6) if i != j) / 30
    xy = sum(k(a, b) for a in x for b in y) / 42
    assert kernel_distance(x, y) == pytest.approx(xx + yy - 2 * xy, rel=1e-12)


def test_kernel_distance_of_equal_distributions_is_zero_on_average():
    found = [kernel_distance(normal(50, 4, 2 * i), normal(50, 4, 2 * i + 1)) for i in range(300)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(300)
    assert min(found) < 0 < max(found)


@pytest.mark.parametrize(("shift", "size"), [(0, 500), (0, 200), (0.3, 500), (0.3, 200)])
def test_kernel_interval_is_the_spread_over_sets_of_fakes(shift, size):
    """Also of equal distributions, where what single fakes add vanishes, and with subsets that each see few of them."""
    real, measure = Features(normal(3000, 8, 0)), Kernel(subsets=15, subset_size=size)
    found = [take(measure, real, Features(normal(500, 8, i, shift)), seed=i)["kernel"] for i in range(1, 41)]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.25)


def test_kernel_subsets_are_seeded():
    real, fake = Features(normal(300, 4, 0)), Features(normal(300, 4, 1))
    measure = Kernel(subsets=5, subset_size=100)
    assert take(measure, real, fake) == take(measure, real, fake) != take(measure, real, fake, seed=1)


def test_precision_and_recall_are_the_literal_ones():
    real, fake = normal(60, 3, 0), normal(60, 3, 1, shift=0.8)
    found = take(PrecisionRecall(), Features(real), Features(fake))
    assert found["precision"].value == pytest.approx(literal_share(fake, real))
    assert found["recall"].value == pytest.approx(literal_share(real, fake))


def literal_share(samples, manifold):
    """Kynkaanniemi et al. 2019, eq. 1 and 2, with k = 3."""
    away = lambda a, b: np.sqrt(np.square(a - b).sum())  # noqa: E731
    radii = [sorted(away(p, q) for j, q in enumerate(manifold) if j != i)[2] for i, p in enumerate(manifold)]
    return np.mean([any(away(s, p) <= r for p, r in zip(manifold, radii, strict=True)) for s in samples])


def test_precision_without_recall_and_neither():
    real = Features(normal(500, 4, 0))
    narrow = take(PrecisionRecall(), real, Features(normal(500, 4, 1) * 0.05))
    assert narrow["precision"].value > 0.99 and narrow["recall"].value < 0.05
    far = take(PrecisionRecall(), real, Features(normal(500, 4, 1, shift=100)))
    assert far["precision"].value == far["recall"].value == 0 and far["recall"].high > 0


def test_precision_cuts_both_sides_to_the_same_number():
    found = take(PrecisionRecall(limit=200), Features(normal(900, 4, 0)), Features(normal(500, 4, 1)))
    assert found["recall"].how["samples a side"] == 200
    assert found["precision"].low < found["precision"].value < found["precision"].high
    with pytest.raises(DataError, match="at least 4 samples on each side; there are 3"):
        take(PrecisionRecall(), Features(normal(3, 4, 0)), Features(normal(9, 4, 1)))


def one_hot(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    return Features(np.zeros((len(labels), 1)), np.eye(len(counts))[labels])


def test_label_shares_of_a_model_that_lost_a_class():
    found = take(LabelShares(), one_hot([100] * 10), one_hot([200, 0] + [100] * 8))
    assert found["label_variation"].value == pytest.approx(0.1)
    assert found["classes_found"].value == 9
    assert found["label_variation"].low < 0.1 < found["label_variation"].high
    assert found["label_variation"].details["fake shares"][:2] == [0.2, 0]


def test_a_class_with_a_few_stray_samples_is_not_found():
    assert take(LabelShares(), one_hot([500, 500]), one_hot([990, 10]))["classes_found"].value == 1


def test_a_perfect_sampler_of_the_ring():
    angles = np.arange(8) * np.pi / 4
    centers = np.stack([np.cos(angles), np.sin(angles)], 1) * 2
    random = np.random.default_rng(0)
    perfect = centers[random.integers(8, size=10_000)] + random.normal(size=(10_000, 2)) * 0.1
    measure = Modes(tuple(map(tuple, centers)), deviation=0.1)
    found = take(measure, Features(perfect), Features(perfect))
    assert found["modes_found"].value == 8
    assert found["good_share"].value == pytest.approx(0.9889, abs=0.004)
    assert found["mode_variation"].value < 0.03
    lost = take(measure, Features(perfect), Features(perfect[perfect[:, 0] > 0.5]))
    assert lost["modes_found"].value == 3 and lost["mode_variation"].value == pytest.approx(5 / 8, abs=0.02)
    between = take(measure, Features(perfect), Features(perfect * 0.5))
    assert between["modes_found"].value == between["good_share"].value == 0


@pytest.mark.parametrize("measure", [LabelShares(), ModeKL()])
def test_shares_of_more_classes_than_the_real_samples_can_tell_are_refused(measure):
    random = np.random.default_rng(0)
    real, fake = (Features(random.normal(size=(500, 4)), random.dirichlet(np.ones(26), 500)) for _ in range(2))
    with pytest.raises(DataError, match="needs 20 real samples of a class; there are 500 for 26 classes"):
        take(measure, real, fake)


def test_what_needs_more_samples_is_left_out_unless_it_was_asked_for():
    random = np.random.default_rng(0)
    real, fake = (Features(random.normal(size=(500, 4)), random.dirichlet(np.ones(26), 500)) for _ in range(2))
    found = {one.measure for one in score_features(real, fake)}
    assert "inception_score" in found and not found & {"mode_kl", "modes_seen", "label_variation", "classes_found"}
    with pytest.raises(DataError, match="the comparison of class shares needs 20"):
        score_features(real, fake, only=[LabelShares()])
    with pytest.raises(DataError, match="at least 2 samples; there are 1"):
        score_features(real, Features(fake.values[:1]))  # the Frechet distance is never left out


def full(count, seed):
    """Samples with all that a measure may look at beside their features."""
    random = np.random.default_rng(seed)
    raw, labels = random.integers(0, 256, (count, 16, 16, 3), np.uint8), random.integers(0, 2, count)
    return Features(random.normal(size=(count, 4)), random.dirichlet(np.ones(2), count), raw, labels)


@pytest.mark.parametrize("name", [name for name, kind in measures().items() if not kind.needs & {"points", "time"}])
@pytest.mark.parametrize("counts", [(1, 1), (1, 50), (50, 1), (2, 2), (50, 50)])
def test_few_samples_give_finite_numbers_or_a_sentence(name, counts):
    real, fake = (full(count, seed) for seed, count in enumerate(counts))
    try:
        found = score_features(real._replace(held_out=full(50, 2)), fake, only=[measures()[name]()])
    except DataError as error:
        assert min(counts) < 50 and "need" in str(error)
    else:
        assert all(-np.inf < one.low <= one.value <= one.high < np.inf for one in found)
