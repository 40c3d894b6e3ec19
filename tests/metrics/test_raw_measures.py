"""What looks at pictures themselves: sharpness, likeness of pairs, distance between patches."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from mulligan.errors import DataError
from mulligan.metrics import Features
from mulligan.metrics._raw import brightness
from mulligan.metrics.ms_ssim import MultiScaleSimilarity, ms_ssim, scales
from mulligan.metrics.sharpness import Sharpness, powers
from mulligan.metrics.sliced_wasserstein import SlicedWasserstein, distance, pyramid


def textures(count, seed, size=32, channels=3, blur=1):
    """Smooth random pictures: noise whose 3x3 mean was taken ``blur`` times."""
    noise = np.random.default_rng(seed).normal(size=(count, size, size, channels))
    for _ in range(blur):
        noise = sum(np.roll(noise, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
    return np.clip(128 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)


def take(measure, real, fake, seed=0):
    sides = (Features(np.zeros((len(raw), 1)), raw=raw) for raw in (real, fake))
    return measure(*sides, np.random.default_rng(seed))[0]


@pytest.mark.parametrize("size", [(8, 8), (9, 12), (12, 9)])
def test_powers_are_those_of_the_whole_spectrum(size):
    raw = np.random.default_rng(0).integers(0, 256, (5, *size, 1), dtype=np.uint8)
    whole = np.square(np.abs(np.fft.fft2(raw[..., 0].astype(float))))
    radius = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None])
    expected = np.stack([whole[:, radius > 0.25].sum(1), whole[:, radius > 0].sum(1)], 1)
    np.testing.assert_allclose(powers(raw), expected, rtol=1e-9)


def test_sharpness_tells_blur_from_noise_and_both_from_the_real_thing():
    real = textures(300, 0)
    same, blurred, noisy = (take(Sharpness(), real, textures(300, 1, blur=n)) for n in (1, 2, 0))
    assert same.low == 0 and same.value < 0.02
    assert blurred.low > 0.3 and blurred.details["fakes are"] == "blurred"
    assert noisy.low > 0.3 and noisy.details["fakes are"] == "too sharp"


def test_sharpness_interval_is_the_spread_over_sets_of_fakes():
    real = textures(2000, 0, size=16)
    found = [take(Sharpness(), real, textures(100, seed, size=16, blur=2)) for seed in range(1, 40)]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.3)


def test_pictures_of_one_colour_have_a_finite_sharpness():
    flat = np.full((20, 8, 8, 1), 7, np.uint8)
    assert take(Sharpness(), textures(20, 0, 8, 1), flat).low > 1 and take(Sharpness(), flat, flat).value == 0


def test_pictures_of_two_sizes_get_a_sentence():
    with pytest.raises(DataError, match=r"real pictures are \(8, 8, 1\) and the generated ones \(9, 9, 1\)"):
        take(Sharpness(), textures(20, 0, 8, 1), textures(20, 0, 9, 1))


@pytest.mark.parametrize("measure", [Sharpness(), SlicedWasserstein(), SlicedWasserstein(limit=1)])
def test_a_single_picture_gets_a_sentence(measure):
    with pytest.raises(DataError, match="at least 2 on each side; there are 1"):
        take(measure, textures(20, 0), textures(1, 1) if getattr(measure, "limit", 1) > 1 else textures(20, 1))


def test_similarity_is_that_of_torchmetrics(torchmetrics):
    compute = torchmetrics("functional.image.ssim").multiscale_structural_similarity_index_measure
    x = brightness(textures(4, 0, 192, 1, blur=3))
    y = np.clip(x + np.random.default_rng(1).normal(size=x.shape) * [[[0]], [[10]], [[30]], [[60]]], 0, 255)
    sides = [torch.from_numpy(side)[:, None] for side in (x, y)]
    expected = compute(*sides, data_range=255.0, reduction="none", sigma=1.5, kernel_size=11)
    assert scales(192, 192) == 5
    np.testing.assert_allclose(ms_ssim(x, y), expected.numpy(), atol=2e-3)
    assert ms_ssim(x, x) == pytest.approx(1) and (np.diff(ms_ssim(x, y)) < 0).all()


@pytest.mark.parametrize(("size", "expected"), [(5, 1), (8, 1), (11, 1), (28, 2), (32, 2), (64, 3), (176, 5), (512, 5)])
def test_small_pictures_have_fewer_scales(size, expected):
    assert scales(size, size + 3) == expected
    x = brightness(textures(2, 0, size, 1)) if size < 100 else np.zeros((2, size, size))
    assert ms_ssim(x, x) == pytest.approx(1)


def test_repeated_pictures_are_alike_and_real_ones_are_not():
    real, few = textures(200, 0), textures(3, 1)[np.arange(200) % 3]
    diverse, collapsed = take(MultiScaleSimilarity(), real, textures(200, 1)), take(MultiScaleSimilarity(), real, few)
    assert diverse.low < diverse.details["of real pairs"] < diverse.high < collapsed.low
    assert collapsed.how["pairs"] == 100 and collapsed.how["scales"] == "2 of 5, of brightness"
    with pytest.raises(DataError, match="at least 2 pictures a side; there are 1"):
        take(MultiScaleSimilarity(), real, real[:1])


def test_large_pictures_have_fewer_pairs():
    assert take(MultiScaleSimilarity(pixels=2**14), textures(100, 0), textures(100, 1)).how["pairs"] == 16


@pytest.mark.parametrize("count", [300, 60])
def test_distance_of_projections_is_that_of_scipy(count):
    random = np.random.default_rng(0)
    real, fake = np.sort(random.normal(size=(3, 300))), np.sort(random.normal(size=(3, count)) + 0.5)
    expected = np.mean([wasserstein_distance(a, b) for a, b in zip(real, fake, strict=True)])
    assert distance(real, fake) == pytest.approx(expected, rel=1e-9 if count == 300 else 0.02)


@pytest.mark.parametrize(("size", "sizes"), [(8, [8]), (31, [31]), (32, [32, 16]), (75, [75, 38, 19])])
def test_the_pyramid_holds_the_details_and_what_is_left(size, sizes):
    scales_ = list(pyramid(textures(2, 0, size)))
    assert [one.shape[1] for one in scales_] == sizes
    *details, coarse = pyramid(np.full((1, size, size, 1), 90, np.uint8))
    assert all(np.abs(one).max() < 1e-4 for one in details) and coarse == pytest.approx(90)


def test_patches_of_blurred_pictures_are_farther_away():
    real, measure = textures(300, 0), SlicedWasserstein(patches=16, directions=32)
    same, blurred = (take(measure, real, textures(300, 1, blur=n)) for n in (1, 2))
    assert same.high < blurred.low and same == take(measure, real, textures(300, 1))
    fine, coarse = blurred.details["by scale, fine to coarse"]
    assert fine > coarse and blurred.how["scales"] == 2


def test_patch_interval_is_the_spread_over_sets_of_fakes():
    """Of fakes of which every tenth is black."""
    real, measure = textures(400, 0, 16), SlicedWasserstein(patches=8, directions=16)
    shown = [np.random.default_rng(seed).random((400, 1, 1, 1)) < 0.9 for seed in range(24)]
    found = [take(measure, real, textures(400, seed + 1, 16) * part) for seed, part in enumerate(shown)]
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([(one.high - one.low) / 2 / 1.96 for one in found]) == pytest.approx(spread, rel=0.35)
