"""The Frechet distance against its closed form and an independent matrix square root."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from mulligan.errors import DataError
from mulligan.metrics.frechet import Moments, distance, distance_of_samples, standard_error


def literal(real, fake):
    """Heusel et al. 2017, eq. 6, with a general matrix square root."""
    s1, s2 = np.cov(real.T), np.cov(fake.T)
    return np.square(real.mean(0) - fake.mean(0)).sum() + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real)


def features(count, dimensions, seed, shift=0.0):
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(count, dimensions)) @ random.normal(size=(dimensions, dimensions)) + shift
    return np.maximum(mixed, 0) / np.sqrt(dimensions)


@pytest.mark.parametrize(("real", "fake", "dimensions"), [(400, 300, 64), (1000, 900, 256), (80, 300, 128)])
def test_agrees_with_scipy(real, fake, dimensions):
    a, b = features(real, dimensions, 0), features(fake, dimensions, 1, shift=0.3)
    assert distance_of_samples(a, b) == pytest.approx(literal(a, b), rel=1e-6)
    assert distance_of_samples(b, a) == pytest.approx(literal(a, b), rel=1e-6)


@pytest.mark.parametrize(("real", "fake"), [(60, 50), (60, 400), (400, 60)])
def test_fewer_samples_than_dimensions(real, fake):
    a, b = features(real, 200, 0), features(fake, 200, 1, shift=0.3)
    assert distance_of_samples(a, b) == pytest.approx(distance(Moments.of(a), Moments.of(b)), rel=1e-6)
    # A general root of a singular matrix is only good to about 1e-5.
    assert distance_of_samples(a, b) == pytest.approx(literal(a, b), rel=1e-4)


def test_known_gaussians():
    """For diagonal covariances it is |m1 - m2|^2 + sum (s1 - s2)^2."""
    standard = np.random.default_rng(0).normal(size=(200, 3))
    white = (standard - standard.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(standard.T))).T
    a, b = white * [1, 2, 3] + [0, 0, 1], white * [2, 2, 1] + [3, 0, 0]
    assert distance_of_samples(a, b) == pytest.approx(9 + 1 + 1 + 4, rel=1e-9)


def test_moments_far_from_zero_keep_their_digits():
    values = features(500, 16, 0) + 1e4  # where sums of squares lose them
    moments = Moments.of(values.astype(np.float32))
    np.testing.assert_allclose(moments.mean, values.mean(0), rtol=1e-7)
    np.testing.assert_allclose(Moments.of(values).covariance, np.cov(values.T), rtol=1e-8, atol=1e-10)
    single = np.cov(values.astype(np.float32).astype(np.float64).T)
    np.testing.assert_allclose(moments.covariance, single, rtol=1e-8, atol=1e-10)


def test_a_feature_that_is_always_zero_is_no_obstacle():
    a, b = features(300, 8, 0), features(300, 8, 1)
    a[:, 3] = b[:, 3] = 0
    rest = [0, 1, 2, 4, 5, 6, 7]
    assert distance_of_samples(a, b) == pytest.approx(literal(a[:, rest], b[:, rest]), rel=1e-6)


def test_single_precision_features_are_computed_in_double():
    a, b = features(300, 32, 0).astype(np.float32), features(300, 32, 1).astype(np.float32)
    assert distance_of_samples(a, b) == pytest.approx(literal(a.astype(np.float64), b.astype(np.float64)), rel=1e-6)


def test_standard_error_is_the_spread_over_sets_of_fakes():
    real = features(4000, 16, 0)
    fakes = features(100 * 400, 16, 1, shift=0.5).reshape(100, 400, 16)
    spread = np.std([distance_of_samples(real, fake) for fake in fakes], ddof=1)
    errors = [standard_error(Moments.of(real), fake) for fake in fakes[:10]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.25)


def test_one_sample_has_no_covariance():
    with pytest.raises(DataError, match="at least 2 samples; there are 1"):
        distance_of_samples(features(1, 4, 0), features(10, 4, 1))
