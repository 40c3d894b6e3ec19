"""Extractors: frozen weights, what they tell apart on real pictures, and how one is chosen."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source
from mulligan.errors import ModelFileError, RecipeError
from mulligan.metrics import open_extractor
from mulligan.metrics.extractors import _weights, choose, names
from mulligan.metrics.extractors._pixels_torch import pixels
from mulligan.metrics.extractors.random_conv import RandomConv
from mulligan.metrics.frechet import distance_of_samples

# Frozen: every score that was ever measured with them names these.
HASHES = {
    "classifier-digits": "d5a6b8c310ccacd8c4164ce7296ea935d730d14a7e68ef3f9a13296e97e9f4a6",
    "classifier-fashion-mnist": "5c19dd99d683c5b0918d01ca83144cf2105177358cecc70a15088f08e34d16d3",
    "classifier-mnist": "94936c3234b04a6eab5e232429f7413e9f04ec8bf727585ee18426141b322dfe",
    "random_conv": "c735cb4aab10e70513ac1b744b5446e96008bab06faf5c4df79ed3fbacf1ea40",
}
LEAST_ACCURACY = {"digits": 0.97, "mnist": 0.99, "fashion-mnist": 0.91}


def some(where, split, count, size=28, channels=1):
    """Pictures taken evenly from a data set, then resized, and their labels."""
    natural = 8 if where == "digits" else 28
    source = open_source(where, ImageCodec((natural, natural), 1), split=split, cache=False)
    found = source.read(np.linspace(0, len(source) - 1, min(count, len(source))).astype(int))
    return ImageCodec((size, size), channels).resize(found["real"]), found["label"]


@pytest.fixture(scope="module")
def mnist(shared):
    return {split: some(shared / "mnist", split, 1000)[0] for split in ("train", "test")}


def blurred(raw, radius):
    soften = ImageFilter.GaussianBlur(radius)
    return np.stack([np.asarray(Image.fromarray(one[..., 0]).filter(soften)) for one in raw])[..., None]


@pytest.mark.parametrize("name", HASHES)
def test_weights_are_frozen(name):
    assert open_extractor(name).hash == HASHES[name]


@pytest.mark.parametrize("name", _weights.shipped())
def test_shipped_weights_have_a_card_and_are_small(name):
    path, card = _weights.SHIPPED / f"{name}.safetensors", (_weights.SHIPPED / f"{name}.md").read_text()
    about = _weights.header(path)
    assert path.stat().st_size < 300_000
    assert _weights.tensors_hash(_weights.load(path)) == about["sha256"]
    for fact in (
        about["sha256"],
        about["trained_on"],
        about["licence_of_data"],
        f"{about['accuracy']['held_out']:.2%}",
    ):
        assert fact in card


@pytest.mark.parametrize("name", LEAST_ACCURACY)
def test_classifiers_name_pictures_they_never_saw(name, request):
    where = name if name == "digits" else request.getfixturevalue("shared") / name
    extractor = open_extractor(f"classifier-{name}")
    for size, channels in ((8 if name == "digits" else 28, 1), (64, 3)):
        raw, labels = some(where, "test", 2000, size, channels)
        found = extractor(raw)
        assert found.values.shape == (len(raw), {"digits": 64}.get(name, 96)) and (found.values >= 0).all()
        np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-4)
        assert (found.probabilities.argmax(1) == labels).mean() >= LEAST_ACCURACY[name] - 0.01  # on a part of the split


@pytest.mark.parametrize("name", ["classifier-mnist", "random_conv"])
def test_damaged_pictures_are_farther_away(name, mnist):
    """Blur, noise, shift and a lost class, each the farther the stronger, all beyond the floor of real pictures."""
    extractor = open_extractor(name)
    real, test = extractor(mnist["train"]).values, mnist["test"]
    away = lambda raw: distance_of_samples(real, extractor(raw).values)  # noqa: E731
    noise = np.random.default_rng(0).normal(size=test.shape)
    noisy = lambda sd: np.clip(test + noise * sd, 0, 255).astype(np.uint8)  # noqa: E731
    assert away(test) < away(blurred(test, 0.7)) < away(blurred(test, 2))
    assert away(test) < away(noisy(40)) < away(noisy(100))
    assert away(test) < away(np.roll(test, 2, axis=2)) < away(np.roll(test, 6, axis=2))
    few = np.repeat(test[:50], 20, axis=0)
    assert away(test) * 2 < away(few)


def test_features_do_not_depend_on_the_batch_or_the_call(mnist):
    raw = mnist["test"][:300]
    for name in HASHES:
        whole, again = open_extractor(name)(raw).values, open_extractor(name)(raw).values
        np.testing.assert_array_equal(whole, again)
        np.testing.assert_allclose(whole[:5], open_extractor(name)(raw[:5]).values, rtol=1e-4, atol=1e-5)


def test_random_weights_follow_from_the_seed():
    assert _weights.tensors_hash(RandomConv().weights()) == HASHES["random_conv"]
    assert _weights.tensors_hash(replace(RandomConv(), seed=1).weights()) != HASHES["random_conv"]


def test_grey_color_and_transparency():
    raw = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 4), dtype=np.uint8)
    grey = pixels(raw[..., :3], (4, 4), 1, "cpu").numpy()[0, 0]
    np.testing.assert_allclose(grey, np.asarray(Image.fromarray(raw[0, ..., :3]).convert("L")), atol=1)
    assert (pixels(raw[..., :1], (4, 4), 3, "cpu").numpy()[0] == raw[0, ..., 0]).all()
    raw[..., 3] = 0
    assert (pixels(raw, (4, 4), 3, "cpu") == 255).all()


def test_auto_recognizes_its_data_at_any_size(shared, monkeypatch, tmp_path):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("MULLIGAN_INCEPTION", raising=False)
    for name, where in {
        "digits": "digits",
        "mnist": shared / "mnist",
        "fashion-mnist": shared / "fashion-mnist",
    }.items():
        for size, channels in ((28, 1), (32, 3), (64, 1)):
            sample, _ = some(where, "train", 1000, size, channels)
            assert choose("auto", sample).name == f"classifier-{name}"
    other = choose("auto", 255 - sample)
    assert other.name == "random_conv" and "a last resort" in other.reason
    assert choose("auto", sample[:5]).name == choose("auto").name == "random_conv"


def test_an_unknown_name_gets_the_nearest():
    assert set(HASHES) < set(names())
    with pytest.raises(RecipeError, match=r"Did you mean 'classifier-mnist'\?"):
        open_extractor("clasifier-mnist")


def test_a_damaged_weights_file_is_refused(tmp_path):
    content = bytearray((_weights.SHIPPED / "mnist.safetensors").read_bytes())
    content[-100] ^= 1
    (tmp_path / "flipped.safetensors").write_bytes(content)
    (tmp_path / "short.safetensors").write_bytes(content[:1000])
    for name, sentence in {"flipped": "is damaged", "short": "is not a readable weights file"}.items():
        with pytest.raises(ModelFileError, match=sentence):
            _weights.load(tmp_path / f"{name}.safetensors")
