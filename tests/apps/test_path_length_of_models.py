"""The perceptual path length of trained models: pictures that were not rounded, labels that stay, a whole protocol."""

import numpy as np
import pytest
import torch
from _tiny_runs import pictures, start

import mulligan
from mulligan.apps.path_length import _Exact, path_length
from mulligan.errors import RecipeError
from mulligan.metrics.extractors.lpips import LPIPS
from mulligan.metrics.extractors.lpips_torch import Lpips, Vgg16


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


def test_lpips_is_taken_where_its_weights_are_at_hand_and_the_pictures_large_enough(plain, tmp_path):
    network, folder = Lpips(Vgg16(), smallest=16), tmp_path / "weights"
    for weight in network.heads.parameters():
        torch.nn.init.uniform_(weight)
    folder.mkdir()
    for part, published in ((network.backbone, LPIPS["vgg"].backbone), (network.heads, LPIPS["vgg"].heads)):
        torch.save(part.state_dict(), folder / f"{published.file}.pth")
    start(tmp_path / "run", str(pictures(tmp_path / "data", 20, size=16)))
    found = path_length(mulligan.load(tmp_path / "run"), pairs=8)
    assert found.protocol["extractor"] == "lpips-vgg" and found.value > 0
    assert path_length(plain, pairs=8).protocol["extractor"] == "random_conv"  # pictures of 8x8


def test_steps_and_networks_that_are_none_get_a_sentence(plain):
    with pytest.raises(RecipeError, match="expected 2 or more, above 0 apart"):
        path_length(plain, pairs=1)
    with pytest.raises(RecipeError, match="there is no LPIPS with 'vgg19'"):
        path_length(plain, extractor="lpips-vgg19")
