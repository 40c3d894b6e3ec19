"""The TensorFlow forms of the extractors see what the torch ones see: same names, same hashes, same distances."""

import numpy as np
import pytest

from mulligan.errors import RecipeError
from mulligan.metrics import open_extractor
from mulligan.metrics.extractors import choose, inception, open_perceptual
from mulligan.metrics.frechet import distance_of_samples

pytest.importorskip("tensorflow")

NAMES = (
    "classifier-digits",
    "classifier-mnist",
    "classifier-fashion-mnist",
    "classifier-mnist-stacked",
    "random_conv",
)


def strokes(count, height, width, channels):
    """Pictures of bright bars on dark ground, no two alike, for every number of channels."""
    random = np.random.default_rng(0)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    slope, place, wide = (
        random.uniform(-1, 1, count),
        random.uniform(0.2, 0.8, count) * width,
        random.uniform(1, 4, count),
    )
    away = columns - place[:, None, None] - slope[:, None, None] * (rows - height / 2)
    bars = 255 * np.exp(-np.square(away / wide[:, None, None]))
    shades = bars[..., None] * random.uniform(0.3, 1, (count, 1, 1, channels))
    return (shades + random.uniform(0, 20, shades.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module", params=NAMES)
def both(request):
    return [open_extractor(request.param, framework=framework) for framework in ("torch", "tensorflow")]


def test_the_stamp_is_the_same(both):
    for fact in ("name", "hash", "resizer", "class_names", "size", "channels"):
        assert getattr(both[0], fact) == getattr(both[1], fact), fact


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (40, 33, 3), (100, 64, 4)], ids=str)
def test_features_agree(both, shape):
    """To 1e-4 of the feature, or of a thousandth of the largest where one is next to nothing."""
    raw = strokes(300, *shape)  # more than one batch
    theirs, ours = (extractor(raw) for extractor in both)
    assert ours.values.dtype == theirs.values.dtype == np.float32
    np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-4, atol=1e-5 * theirs.values.max())
    assert (ours.probabilities is None) == (theirs.probabilities is None)
    if ours.probabilities is not None:
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, rtol=0, atol=1e-5)


def test_distances_agree(both):
    raw = strokes(400, 28, 28, 1)
    first, second = raw[:200], np.roll(raw[200:], 3, axis=2)
    theirs, ours = (distance_of_samples(see(first).values, see(second).values) for see in both)
    assert ours == pytest.approx(theirs, rel=1e-4) and theirs > 0.01


def test_pictures_that_were_never_rounded_are_not_rounded(both):
    fine = strokes(3, 28, 28, 1).astype(np.float32) * np.float32(0.5) + np.float32(0.25)
    theirs, ours = (extractor(fine).values for extractor in both)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * theirs.max())


@pytest.mark.parametrize("name", ["inception", "inception-legacy", "dinov2", "clip"])
def test_what_torch_alone_has_says_what_to_type(name):
    with pytest.raises(RecipeError) as error:
        open_extractor(name, framework="tensorflow")
    assert str(error.value).endswith("has no tensorflow form; type --extractor random_conv, or type --backend torch")
    with pytest.raises(RecipeError, match="lpips has no tensorflow form; take the features of another extractor, or"):
        open_perceptual("vgg", framework="tensorflow")


def test_auto_does_not_pick_what_the_framework_lacks(monkeypatch, tmp_path):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    monkeypatch.setenv(inception.WEIGHTS.variable, "https://example.org/weights.pth#sha256=" + "0" * 64)
    sample = np.random.default_rng(0).integers(0, 256, (200, 16, 16, 3), dtype=np.uint8)
    assert choose("auto", sample, "torch").name == "inception"
    chosen = choose("auto", sample, "tensorflow")
    assert chosen.name == "random_conv" and "InceptionV3 has no tensorflow form" in chosen.reason
