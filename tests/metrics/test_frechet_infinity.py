"""The extrapolated Frechet distance: free of the bias, honest in its interval, seeded."""

import numpy as np
import pytest

from mulligan.metrics import Features
from mulligan.metrics.frechet import Moments, covariance_root, distance, distance_of_samples, distance_to
from mulligan.metrics.frechet_infinity import FrechetInfinity, line


def fakes(count, seed):
    return np.random.default_rng(seed).normal(size=(count, 12)) * np.linspace(0.5, 2, 12) + 0.2


REAL = np.random.default_rng(100).normal(size=(5000, 12))


def take(fake, seed=0, **numbers):
    return FrechetInfinity(**numbers)(Features(REAL), Features(fake), np.random.default_rng(seed))[0]


def test_it_is_the_distance_of_endless_fakes():
    truth = distance(Moments.of(REAL), Moments.of(fakes(300_000, 1)))
    found = [take(fakes(600, seed)) for seed in range(30)]
    values = np.array([one.value for one in found])
    assert abs(values.mean() - truth) < 3 * values.std() / np.sqrt(30)
    plain = np.mean([one.details["distance of all"] for one in found])
    assert plain - truth > 5 * abs(values.mean() - truth)
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert covered >= 0.8


def test_the_distance_of_all_is_the_plain_one_and_the_line_goes_up_with_fewer():
    one = take(fakes(1000, 0))
    assert one.details["distance of all"] == pytest.approx(distance_of_samples(REAL, fakes(1000, 0)), rel=1e-9)
    assert one.details["slope in 1/N"] > 0 and one.value < one.details["distance of all"]
    assert one.how["sizes"] == "15 from 100 to 1000" and "warning" not in one.details
    assert take(fakes(100_000, 0)[:60_000], points=2).how["sizes"] == "2 from 5000 to 60000"


def test_subsets_smaller_than_the_dimensions_are_warned_of():
    assert "the smallest subset, 10, is below the 12 dimensions" in take(fakes(100, 0)).details["warning"]


def test_subsets_are_seeded():
    assert take(fakes(500, 0)) == take(fakes(500, 0)) != take(fakes(500, 0), seed=1)


def test_a_line_through_points_on_a_line_is_exact():
    sizes = np.array([10, 20, 50, 100])
    assert line(sizes, 3 + 7 / sizes) == pytest.approx((3, 0, 7), abs=1e-9)


@pytest.mark.parametrize("count", [8, 12, 13, 500])
def test_a_known_real_side_gives_the_same_distance(count):
    reals = Moments.of(REAL)
    found = distance_to(reals, covariance_root(reals), fakes(count, 0))
    assert found == pytest.approx(distance_of_samples(REAL, fakes(count, 0)), rel=1e-9)
