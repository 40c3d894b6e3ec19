"""The perceptual path length of trained models: pictures that were not rounded, labels that stay, a whole protocol."""

import numpy as np
import pytest

import mulligan
from mulligan.apps.path_length import _Exact, path_length
from mulligan.errors import RecipeError


@pytest.fixture(scope="module")
def plain(plain_run):
    return mulligan.load(plain_run)


@pytest.fixture(autouse=True)
def no_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    for variable in ("MULLIGAN_VGG16", "MULLIGAN_LPIPS_VGG"):
        monkeypatch.delenv(variable, raising=False)


def test_pictures_are_those_of_the_model_before_they_are_rounded(plain):
    latents, _ = plain.inputs(6, seed=3)
    exact = _Exact(plain, 0)(latents)
    np.testing.assert_array_equal(np.rint(exact).clip(0, 255).astype(np.uint8), plain.decode(latents))
    assert (exact != np.rint(exact)).mean() > 0.9


def test_both_pictures_of_a_pair_have_one_label(labelled_run, monkeypatch):
    model, seen = mulligan.load(labelled_run), []
    sample = model.backend.sample
    monkeypatch.setattr(model.backend, "sample", lambda *inputs: seen.append(inputs[2]) or sample(*inputs))
    path_length(model, pairs=40)
    assert len({int(label) for labels in seen for label in labels}) > 3
    for labels in seen:
        np.testing.assert_array_equal(*np.split(labels, 2))


def test_it_is_a_number_with_its_protocol(plain):
    first, again = (path_length(plain, pairs=64) for _ in range(2))
    assert first == again and 0 < first.low < first.value < first.high and first.better == "lower"
    assert first.protocol["extractor"] == "random_conv" and len(first.protocol["extractor_hash"]) == 64
    others = [path_length(plain, pairs=64, **words) for words in ({"ends": True}, {"seed": 1}, {"epsilon": 1e-3})]
    assert len({score.stamp for score in (first, *others)}) == 4
    assert others[2].value == pytest.approx(first.value, rel=0.02)  # the step is small enough


def test_steps_and_networks_that_are_none_get_a_sentence(plain):
    with pytest.raises(RecipeError, match="expected 2 or more, above 0 apart"):
        path_length(plain, pairs=1)
    with pytest.raises(RecipeError, match="there is no LPIPS with 'vgg19'"):
        path_length(plain, extractor="lpips-vgg19")
