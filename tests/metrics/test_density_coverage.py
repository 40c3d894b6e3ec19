"""Density and coverage against their literal form, and balls against distances."""

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features
from mulligan.metrics._neighbors import in_balls, radii
from mulligan.metrics.density_coverage import DensityCoverage


def normal(count, dimensions, seed, shift=0.0):
    return np.random.default_rng(seed).normal(size=(count, dimensions)) + shift


def take(real, fake, measure=None):
    found = (measure or DensityCoverage())(Features(real), Features(fake), np.random.default_rng(0))
    return {one.measure: one for one in found}


def literal(real, fake, k):
    """Naeem et al. 2020, eq. 3 and 4, pair by pair."""
    away = lambda a, b: np.sqrt(np.square(a - b).sum())  # noqa: E731
    radius = [sorted(away(x, other) for j, other in enumerate(real) if j != i)[k - 1] for i, x in enumerate(real)]
    inside = [[away(x, y) <= r for y in fake] for x, r in zip(real, radius, strict=True)]
    return np.sum(inside) / (k * len(fake)), np.mean([any(row) for row in inside])


@pytest.mark.parametrize("neighbors", [1, 5])
def test_they_are_the_literal_ones(neighbors):
    real, fake = normal(70, 3, 0), normal(70, 3, 1, shift=0.7)
    found = take(real, fake, DensityCoverage(neighbors=neighbors))
    assert (found["density"].value, found["coverage"].value) == pytest.approx(literal(real, fake, neighbors))


def test_balls_far_from_the_origin_hold_what_distances_say():
    real, fake = normal(300, 20, 0, shift=1000), normal(1100, 20, 1, shift=1000)
    radius = radii(real, 3)
    expected = np.linalg.norm(fake[:, None] - real, axis=2) <= radius
    assert (np.concatenate(list(in_balls(fake, real, radius))) == expected).all()
    assert 0 < expected.mean() < 1


def test_equal_distributions_have_density_one_and_the_expected_coverage():
    found = take(normal(1500, 5, 0), normal(1500, 5, 1))
    assert found["density"].low < 1 < found["density"].high
    # Naeem et al. 2020, eq. 12: for equal distributions, 1 - 1/2^k for many samples.
    assert found["coverage"].value == pytest.approx(1 - 2.0**-5, abs=0.02)


def test_an_outlier_among_the_reals_lifts_neither():
    real, fake = normal(500, 4, 0), normal(500, 4, 1, shift=6)
    real[0] = 6
    found = take(real, fake)
    assert found["density"].value < 0.25 and found["coverage"].value < 0.02


def test_fakes_in_one_place_are_dense_and_cover_little():
    found = take(normal(800, 4, 0), normal(800, 4, 1) * 0.1)
    assert found["density"].low > 1.1 and found["coverage"].value < 0.3


def test_too_few_samples_get_a_sentence():
    with pytest.raises(DataError, match="need at least 6 samples on each side; there are 5"):
        take(normal(5, 2, 0), normal(9, 2, 1))
