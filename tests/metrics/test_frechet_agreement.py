"""The Frechet and kernel distances against scipy and torchmetrics, at the sizes of features that people use."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from mulligan.metrics import kernel
from mulligan.metrics.frechet import Moments, distance, distance_of_samples

SIZES = [(64, 500, 400), (64, 40, 30), (64, 40, 300), (768, 1200, 1000), (768, 200, 150), (768, 200, 800)]
LARGE = [(2048, 2500, 2200), (2048, 1000, 800)]


def features(count, dimensions, seed, shift=0.0):
    """Correlated, never negative, in single precision: as a network gives them."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(dimensions, dimensions)) / np.sqrt(dimensions)
    return np.maximum(random.normal(size=(count, dimensions)) @ mixing + shift, 0).astype(np.float32)


def by_square_root(real, fake):
    """Heusel et al. 2017, eq. 6, with a general matrix square root in double precision."""
    s1, s2 = (np.cov(side.T, dtype=np.float64) for side in (real, fake))
    difference = real.mean(0, dtype=np.float64) - fake.mean(0, dtype=np.float64)
    return difference @ difference + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real)


@pytest.mark.parametrize(
    ("dimensions", "real", "fake"), [*SIZES, *(pytest.param(*size, marks=pytest.mark.slow) for size in LARGE)]
)
def test_frechet_distance_is_that_of_a_matrix_square_root(dimensions, real, fake):
    a, b = features(real, dimensions, 0), features(fake, dimensions, 1, shift=0.1)
    expected = by_square_root(a, b)
    assert distance_of_samples(a, b) == pytest.approx(expected, rel=1e-6)
    assert distance(Moments.of(a), Moments.of(b)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("real", "fake"), [(120, 80), (120, 800), (800, 120), (800, 600)])
def test_moments_give_the_distance_of_the_samples(real, fake):
    a, b = features(real, 256, 0), features(fake, 256, 1, shift=0.1)
    assert distance(Moments.of(a), Moments.of(b)) == pytest.approx(distance_of_samples(a, b), rel=1e-9)


@pytest.mark.parametrize(("dimensions", "real", "fake"), SIZES)
def test_frechet_distance_is_that_of_torchmetrics(dimensions, real, fake, torchmetrics):
    compute = torchmetrics("image.fid")._compute_fid
    a, b = features(real, dimensions, 0), features(fake, dimensions, 1, shift=0.1)
    sides = [torch.from_numpy(side).double() for side in (a, b)]
    moments = [part for side in sides for part in (side.mean(0), torch.cov(side.T))]
    assert distance_of_samples(a, b) == pytest.approx(float(compute(*moments)), rel=1e-6)


def test_kernel_distance_is_that_of_torchmetrics(torchmetrics):
    poly_mmd = torchmetrics("image.kid").poly_mmd
    a, b = features(400, 768, 0), features(400, 768, 1, shift=0.1)  # it knows equal counts alone
    expected = poly_mmd(torch.from_numpy(a).double(), torch.from_numpy(b).double())
    assert kernel.distance(a, b) == pytest.approx(float(expected), rel=1e-9)
