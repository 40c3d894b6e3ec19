"""The resizers against literal forms and other implementations, each to 0.001 grey level."""

import numpy as np
import pytest
from PIL import Image

from mulligan.metrics.extractors import _pixels, _pixels_torch
from mulligan.metrics.extractors._resize import RESIZERS

SIZES = [(8, 8), (40, 33), (70, 50), (299, 299)]


@pytest.fixture(scope="module")
def raw():
    return np.random.default_rng(0).integers(0, 256, (2, 33, 40, 3), dtype=np.uint8)


@pytest.fixture(params=["numpy", "torch"])
def pixels(request):
    """Both forms, channels first."""

    def shown(raw, size, channels, resizer="clean"):
        if request.param == "torch":
            return _pixels_torch.pixels(raw, size, channels, "cpu", resizer).numpy()
        return _pixels.pixels(raw, size, channels, resizer).transpose(0, 3, 1, 2)

    return shown


def literal_legacy(channel, size):
    """TensorFlow 1: an output pixel lies at its index times old / new, between the pixels before and after."""
    height, width = channel.shape
    result = np.empty(size)
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = i * height / size[0], j * width / size[1]
            top, left = int(y), int(x)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            above = channel[top, left] + (channel[top, right] - channel[top, left]) * (x - left)
            below = channel[bottom, left] + (channel[bottom, right] - channel[bottom, left]) * (x - left)
            result[i, j] = above + (below - above) * (y - top)
    return result


@pytest.mark.parametrize("size", SIZES[:3])
def test_legacy_is_the_formula_of_tensorflow_1(pixels, raw, size):
    found = pixels(raw, size, 3, "legacy")
    for picture, ours in zip(raw, found, strict=True):
        for channel in range(3):
            literal = literal_legacy(picture[..., channel].astype(np.float64), size)
            np.testing.assert_allclose(ours[channel], literal, rtol=0, atol=0.001)


@pytest.mark.parametrize("size", SIZES)
def test_clean_is_pillows_bicubic_on_a_float_channel(pixels, raw, size):
    found = pixels(raw, size, 3)
    for picture, ours in zip(raw, found, strict=True):
        for channel in range(3):
            image = Image.fromarray(picture[..., channel].astype(np.float32))
            pillow = np.asarray(image.resize(size[::-1], Image.Resampling.BICUBIC)).clip(0, 255)
            np.testing.assert_allclose(ours[channel], pillow, rtol=0, atol=0.001)


@pytest.mark.parametrize("size", SIZES)
def test_the_one_of_torchmetrics_is_pillows_bilinear(pixels, raw, size):
    found = pixels(raw, size, 3, "torchmetrics")
    image = Image.fromarray(raw[0, ..., 0].astype(np.float32))
    np.testing.assert_allclose(found[0, 0], image.resize(size[::-1], Image.Resampling.BILINEAR), rtol=0, atol=0.001)


@pytest.mark.parametrize("name", RESIZERS)
def test_a_batch_is_resized_as_its_pictures_and_a_fitting_one_is_left_alone(pixels, raw, name):
    whole = pixels(raw, (20, 50), 3, name)
    np.testing.assert_array_equal(whole[1:], pixels(raw[1:], (20, 50), 3, name))
    np.testing.assert_array_equal(pixels(raw, (33, 40), 3, name), raw.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("name", RESIZERS)
def test_nothing_is_rounded_to_8_bits_on_the_way(pixels, raw, name):
    middle = raw // 2 + 64  # so that nothing is clipped
    fine, coarse = (pixels(one, (20, 50), 3, name) for one in (middle.astype(np.float32) * 0.5 + 0.25, middle))
    np.testing.assert_allclose(fine, coarse * 0.5 + 0.25, rtol=0, atol=1e-4)
    assert (fine != fine.round()).any()


def test_the_resizers_are_far_from_each_other(pixels, raw):
    shown = [pixels(raw, (16, 16), 3, name) for name in ("clean", "legacy", "torchmetrics")]
    assert min(np.abs(a - b).mean() for i, a in enumerate(shown) for b in shown[:i]) > 1
