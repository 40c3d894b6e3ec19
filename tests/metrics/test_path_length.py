"""Perceptual path length of linear generators, whose truth is known, with features that are the pixels."""

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features, open_extractor
from mulligan.metrics.path_length import path_length, slerp

SIDE, LATENT = 16, 256


class Pixels:
    """An extractor whose features are the pixels."""

    name, hash, resizer, class_names = "pixels", "", "none", None

    def __call__(self, raw):
        return Features(raw.reshape(len(raw), -1))


def linear(scale=1.0):
    """A rotation of the latents, then ``scale``: distances are those of the latents, times ``scale``."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(LATENT, LATENT)))[0]
    return lambda z: (z @ rotation * scale + 127.5).reshape(-1, SIDE, SIDE, 1)


def take(decode, **options):
    options = {"pairs": 400, "trim": 0.0, "batch": 50} | options
    return path_length(decode, Pixels(), LATENT, np.random.default_rng(1), **options)


def speed(count, ends):
    """The squared speed on each way, by the derivative of the way: length times angle, and the change of length."""
    random, found = np.random.default_rng(1), []
    for _ in range(0, count, 50):
        start, end = random.normal(size=(2, 50, LATENT))
        share = np.zeros(50) if ends else random.random(50)
        for a, b, t in zip(start, end, share, strict=True):
            first, second = np.linalg.norm(a), np.linalg.norm(b)
            angle = np.arccos(a @ b / (first * second))
            found.append((angle * (first + t * (second - first))) ** 2 + (second - first) ** 2)
    return np.array(found)


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_a_linear_generator_moves_as_fast_as_its_latent(scale, ends):
    truth = scale**2 * speed(400, ends)
    found = take(linear(scale), ends=ends)
    assert found.value == pytest.approx(truth.mean(), rel=1e-3)
    assert (found.high - found.value) == pytest.approx(1.96 * truth.std(ddof=1) / 20, rel=1e-2)
    assert found.value == pytest.approx(scale**2 * LATENT * np.pi**2 / 4, rel=0.02)  # nearly orthogonal, of length 16


def test_the_step_has_no_part_in_the_number_but_in_the_protocol():
    small, large = take(linear(), epsilon=1e-5), take(linear(), epsilon=1e-3)
    assert small.value == pytest.approx(large.value, rel=1e-3)
    assert (
        len({str(take(linear(), **other).how) for other in ({}, {"epsilon": 1e-3}, {"ends": True}, {"trim": 0.1})}) == 4
    )


def test_a_generator_that_jumps_is_told_from_a_smooth_one():
    """Steps of 16 grey levels: most ways see none, and the few that do see a cliff."""
    smooth, jumps = (take(decode, epsilon=0.01) for decode in (linear(4.0), lambda z: linear(4.0)(z) // 16 * 16))
    assert jumps.low > 10 * smooth.high


def test_what_rounding_to_8_bits_would_do_is_refused():
    rounded = lambda z: linear(4.0)(z).round()  # noqa: E731
    assert take(rounded).value > 10 * take(linear(4.0)).value  # nothing or a whole level, never what it moved
    with pytest.raises(DataError, match="of type uint8, in which a tiny step is rounded away; expected floats"):
        take(lambda z: rounded(z).astype(np.uint8))


def test_the_ends_of_the_distances_are_left_out():
    """One way of a hundred meets a wall."""

    def wall(z):
        made = linear()(z)
        made[0] += 100 * (len(made) == 200)
        return made

    whole, trimmed = (take(wall, pairs=100, batch=100, trim=trim) for trim in (0.0, 0.01))
    assert whole.value > 1e6 and trimmed.value == pytest.approx(take(linear(), pairs=100).value, rel=0.02)
    assert trimmed.details["largest"] > 1e8 and trimmed.high - trimmed.low < 100


def test_extractors_see_a_step_in_floats_that_8_bits_hide():
    random = np.random.default_rng(0)
    picture, direction = random.uniform(50, 200, (1, 64, 64, 3)), random.normal(size=(1, 64, 64, 3))
    extractor = open_extractor("random_conv")
    away = lambda step: np.abs(extractor(picture + step * direction).values - extractor(picture).values).max()  # noqa: E731
    assert 0 < away(0.01) == pytest.approx(away(0.02) / 2, rel=0.05)
    eight = [(picture + step * direction).astype(np.uint8) for step in (0, 1e-5)]
    np.testing.assert_array_equal(*(extractor(one).values for one in eight))


def test_ways_run_on_the_sphere_from_end_to_end():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 8))
    np.testing.assert_allclose(slerp(a, b, np.zeros(5)), a, atol=1e-12)
    np.testing.assert_allclose(slerp(a, b, np.ones(5)), b, atol=1e-12)
    middle = slerp(a, b, np.full(5, 0.5))
    lengths = [np.linalg.norm(one, axis=1) for one in (a, middle, b)]
    np.testing.assert_allclose(lengths[1], (lengths[0] + lengths[2]) / 2)
    cosine = lambda x, y: (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)  # noqa: E731
    np.testing.assert_allclose(cosine(a, middle), cosine(middle, b))


@pytest.mark.parametrize("factor", [1.0, 3.0, -1.0, -0.5])
def test_ways_between_parallel_and_opposite_latents_stay_on_the_sphere(factor):
    start, share = np.random.default_rng(0).normal(size=8), np.linspace(0, 1, 5)
    found = slerp(start, factor * start, share)
    np.testing.assert_allclose(found[[0, -1]], [start, factor * start], atol=1e-6)
    expected = np.linalg.norm(start) * (1 + share * (abs(factor) - 1))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), expected, rtol=1e-6)


def test_ways_from_zero_and_between_single_numbers_are_finite():
    share = np.linspace(0, 1, 5)
    assert slerp(np.zeros(3), np.ones(3), share)[-1] == pytest.approx(np.ones(3))
    assert not slerp(np.zeros(3), np.zeros(3), share).any()
    assert np.isfinite(slerp(np.array([1.0]), np.array([-2.0]), share)).all()
