"""Memorization: planted copies are caught, fresh real samples are not, and what chance brings is what is said."""

import numpy as np
import pytest
from _digits import digits, pixels, seen
from scipy.stats import hypergeom

from mulligan.metrics import Features
from mulligan.metrics.memorization import Memorization, chance_of_so_many, chance_of_so_often

VIEWS = {"pixels": pixels, "classifier": seen}


@pytest.fixture(scope="module", params=VIEWS)
def halves(request):
    """Features of the training digits and of those that no training has seen."""
    view = VIEWS[request.param]
    return view(digits("train")[0]).values, view(digits("test")[0]).values


def judged(halves, seed, copied=0.0, held_out=True, change=lambda values, random: values):
    """The estimate for half of the unseen digits, of which a share is exchanged for training digits."""
    (train, unseen), random = halves, np.random.default_rng(seed)
    others, fakes = np.split(random.permutation(unseen), 2)
    count = round(copied * len(fakes))
    fakes = change(np.concatenate([train[random.integers(len(train), size=count)], fakes[count:]]), random)
    real = Features(train, held_out=Features(others) if held_out else None)
    return Memorization()(real, Features(fakes), random)[0]


@pytest.mark.parametrize("held_out", [True, False])
def test_a_generator_that_draws_fresh_real_samples_is_not_accused(halves, held_out):
    """One false alarm in a hundred is what is promised; two in twenty draws have a chance of 2 %."""
    found = [judged(halves, seed, held_out=held_out) for seed in range(20)]
    assert sum(one.details["copies"] for one in found) <= 1
    assert abs(np.mean([one.value for one in found])) < 0.01
    if held_out:
        assert np.mean([one.low <= 0 <= one.high for one in found]) >= 0.8


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize("copied", [0.1, 0.5, 1])
def test_copies_of_training_samples_are_caught(halves, copied, held_out):
    for seed in range(5):
        found = judged(halves, seed, copied, held_out)
        assert found.details["copies"] and found.low > 0
        assert found.value == pytest.approx(copied, abs=0.03)


def test_copies_under_noise_are_caught(halves):
    """Noise of a tenth of the deviation of the data hides nothing."""
    noise = lambda values, random: values + 0.1 * values.std() * random.normal(size=values.shape)  # noqa: E731
    assert all(judged(halves, seed, copied=1, change=noise).details["copies"] for seed in range(5))


def test_fakes_that_are_only_too_typical_are_no_copies(halves):
    """The means of ten unseen digits that are alike are near to all others, to training ones no more than that."""

    def typical(values, random):
        away = np.linalg.norm(values[:, None] - values, axis=2)
        return values[np.argsort(away, axis=1)[:, :10]].mean(1)

    found = [judged(halves, seed, change=typical) for seed in range(10)]
    assert np.mean([one.value for one in found]) > 0.02
    assert sum(one.details["copies"] for one in found) <= 1


def test_the_closest_pairs_are_named_closest_first():
    train, random = np.random.default_rng(0).normal(size=(400, 5)), np.random.default_rng(1)
    fakes = random.normal(size=(300, 5))
    fakes[17], fakes[250] = train[33] + 1e-4, train[8]
    pairs = Memorization()(Features(train), Features(fakes), random)[0].details["closest"]
    assert [pair[:2] for pair in pairs[:2]] == [[250, 8], [17, 33]] and len(pairs) == 16
    assert pairs[1][2] == pytest.approx(np.sqrt(5) * 1e-4)
    cut = Memorization(limit=100, shown=300)(Features(train), Features(fakes), random)[0].details["closest"]
    assert len(cut) == 100
    for fake, real, distance in cut:
        assert distance == pytest.approx(np.linalg.norm(fakes[fake] - train[real]), abs=1e-6)


@pytest.mark.parametrize(("fakes", "near", "others", "near_others"), [(30, 5, 40, 2), (7, 0, 9, 3), (449, 20, 449, 5)])
def test_chance_of_so_many_is_that_of_random_orders(fakes, near, others, near_others):
    found = chance_of_so_many(fakes, near, others, near_others)
    assert found == pytest.approx(hypergeom(fakes + others, others, near + near_others - 1).cdf(near_others - 1))
    random = np.random.default_rng(0)
    orders = random.permuted(np.tile(np.repeat([0, 1], [fakes, others]), (4000, 1)), axis=1)  # 1 for the others
    before = (np.cumsum(orders, axis=1) < near_others).sum(1) - (near_others - 1)
    assert found == pytest.approx((before >= near).mean(), abs=0.03)


def test_chance_of_so_often_holds_where_few_samples_are_nearest_to_many():
    """Of 300 real samples at random, 200 are training ones; a fifth of the fakes is nearest to one and the same."""
    random = np.random.default_rng(0)
    whose = np.concatenate([np.full(20, 7), random.integers(300, size=80)])
    chances = [chance_of_so_often(200, 100, random.permutation(300)[whose])[2] for _ in range(2000)]
    for level in (0.01, 0.05, 0.1):
        assert np.mean(np.array(chances) < level) <= level * 1.2
    assert np.mean(np.array(chances) < 0.1) > 0.01
    assert chance_of_so_often(200, 100, np.array([], int)) == (2 / 3, 2 / 3, 1)
