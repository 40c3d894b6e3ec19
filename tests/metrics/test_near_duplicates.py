"""Near-duplicates among samples: repeats are counted, fresh samples are not."""

import numpy as np
import pytest

from mulligan.metrics import Features
from mulligan.metrics.near_duplicates import NearDuplicates


def normal(count, seed, dimensions=20):
    return np.random.default_rng(seed).normal(size=(count, dimensions)) + 5


def take(real, fake):
    return NearDuplicates()(Features(real), Features(fake), np.random.default_rng(0))[0]


def test_fresh_samples_are_as_near_as_reals_are():
    found = [take(normal(2000, 0), normal(2000, seed)) for seed in range(1, 11)]
    assert found[0].details["of the real samples"] == pytest.approx(0.01)
    assert 0.005 < np.mean([one.value for one in found]) < 0.015


@pytest.mark.parametrize("noise", [0, 0.05])
def test_repeats_are_counted_both_ways(noise):
    """Of 1,000 samples, 200 are others again, so 400 have a near one."""
    fake = normal(1000, 1)
    fake[800:] = fake[:200] + noise * np.random.default_rng(2).normal(size=(200, 20))
    assert take(normal(1000, 0), fake).value == pytest.approx(0.4, abs=0.01)


def test_repeats_among_the_reals_set_no_threshold_of_rounding():
    """Where reals repeat too, exact repeats count and nothing else does."""
    real, fake = normal(1000, 0), normal(1000, 1)
    real[500:600], fake[500:] = real[:100], fake[:500]
    found = take(real, fake)
    assert found.value == 1 and found.details["of the real samples"] == pytest.approx(0.2)
    assert take(real, normal(1000, 2)).value == 0


def test_the_interval_is_the_spread_over_sets_of_fakes():
    """Of a model that repeats one of its samples again in every fifth draw."""
    real, found = normal(300, 0, 5), []
    for seed in range(1, 151):
        fake, random = normal(300, seed, 5), np.random.default_rng(seed)
        repeats = random.permutation(300)[: 2 * random.binomial(150, 0.2)].reshape(2, -1)
        fake[repeats[0]] = fake[repeats[1]]
        found.append(take(real, fake))
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.2)
    middle = np.mean([one.value for one in found])
    assert np.mean([one.low <= middle <= one.high for one in found]) > 0.91


def test_more_samples_on_one_side_are_no_repeats():
    found = take(normal(600, 0), normal(6000, 1))
    assert found.value < 0.03 and found.how["samples a side"] == 600


def test_a_few_samples_many_times_are_all_repeats():
    assert take(normal(500, 0), normal(7, 1)[np.arange(500) % 7]).value == 1


@pytest.mark.parametrize("closer", [0.7, 0.3])
def test_samples_that_lie_closer_together_are_no_repeats(closer):
    assert take(normal(2000, 0), 5 + closer * (normal(2000, 1) - 5)).value < 0.03
