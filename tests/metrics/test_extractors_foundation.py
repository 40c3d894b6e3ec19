"""DINOv2 and CLIP through transformers, with tiny random models in a folder."""

import sys

import numpy as np
import pytest
import torch

from mulligan.errors import MissingExtraError, ModelFileError
from mulligan.metrics import open_extractor
from mulligan.metrics.extractors._pixels_torch import pixels
from mulligan.metrics.extractors.foundation import FOUNDATIONS

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28, "patch_size": 14}
NAMES = list(FOUNDATIONS)


@pytest.fixture
def transformers():
    return pytest.importorskip(
        "transformers", reason="transformers is not installed; type: pip install 'mulligan[foundation]'"
    )


@pytest.fixture
def model(request, transformers, tmp_path, monkeypatch):
    """A random model of the kind ``name``, saved where its variable says."""
    torch.manual_seed(0)
    name = request.param
    if name == "dinov2":
        made = transformers.Dinov2Model(transformers.Dinov2Config(**SMALL))
    else:
        settings = transformers.CLIPVisionConfig(**SMALL, intermediate_size=64, projection_dim=16)
        made = transformers.CLIPVisionModelWithProjection(settings)
    made.save_pretrained(tmp_path / "model")
    monkeypatch.setenv(FOUNDATIONS[name].variable, str(tmp_path / "model"))
    return name, made.eval()


@pytest.mark.parametrize("model", NAMES, indirect=True)
def test_features_are_those_of_the_model_for_normalized_pixels(model):
    name, network = model
    extractor = open_extractor(name)
    side = {"dinov2": 224, "clip": 28}[name]
    raw = np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    found = extractor(raw)
    shown = pixels(raw, (side, side), 3, "cpu") / 255
    for channel in range(3):
        shown[:, channel] -= FOUNDATIONS[name].mean[channel]
        shown[:, channel] /= FOUNDATIONS[name].deviation[channel]
    with torch.inference_mode():
        outputs = network(shown)
    expected = outputs.last_hidden_state[:, 0] if name == "dinov2" else outputs.image_embeds
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-5)
    assert found.probabilities is None and extractor.name == name and "bicubic" in extractor.resizer
    assert found.values.shape == (3, {"dinov2": 32, "clip": 16}[name]) and found.values.std() > 0


@pytest.mark.parametrize("model", NAMES, indirect=True)
def test_the_hash_is_that_of_the_weights(model, tmp_path):
    name, network = model
    first = open_extractor(name).hash
    assert open_extractor(name).hash == first
    with torch.no_grad():
        next(network.parameters()).add_(1e-3)
    network.save_pretrained(tmp_path / "model")
    assert open_extractor(name).hash != first


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_downloaded_unasked(name, transformers, monkeypatch, tmp_path):
    monkeypatch.delenv(FOUNDATIONS[name].variable, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelFileError, match=f"to download it, type: export {FOUNDATIONS[name].variable}="):
        open_extractor(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_without_a_model_gets_a_sentence(name, transformers, monkeypatch, tmp_path):
    monkeypatch.setenv(FOUNDATIONS[name].variable, str(tmp_path))
    with pytest.raises(ModelFileError, match=f"{FOUNDATIONS[name].title} cannot be loaded from .*check the network"):
        open_extractor(name)


@pytest.mark.parametrize("name", NAMES)
def test_without_transformers_it_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mulligan\[foundation\]'"):
        open_extractor(name)
