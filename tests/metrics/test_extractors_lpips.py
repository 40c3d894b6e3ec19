"""LPIPS against the formula of its paper, with its real heads over random convolutions."""

import numpy as np
import pytest
import torch
from torch import nn

from mulligan.errors import DataError, ModelFileError, RecipeError
from mulligan.metrics.extractors import open_perceptual
from mulligan.metrics.extractors.lpips import LPIPS


def stack(which):
    """The layers as torchvision numbers them, and after which of them LPIPS looks."""
    if which == "alex":
        layers = [
            *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU()),
            *(nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU()),
            *(nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU()),
        ]
        return nn.Sequential(*layers), (1, 4, 7, 9, 11)
    layers, inputs = [], 3
    for outputs, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers), (3, 8, 15, 22, 29)


@pytest.fixture(params=["alex", "vgg"])
def weights(request, shared, tmp_path, monkeypatch):
    """A cache with the published heads and a random backbone: its name, layers and heads."""
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    which = request.param
    torch.manual_seed(0)
    layers, taps = stack(which)
    place = tmp_path / "weights"
    place.mkdir()
    classifier = {"classifier.6.bias": torch.zeros(1000)}
    backbone = {f"features.{name}": value for name, value in layers.state_dict().items()}
    torch.save(backbone | classifier, place / f"{LPIPS[which].backbone.file}.pth")
    heads = shared / "weights" / "lpips" / "v0.1" / f"{which}.pth"
    (place / f"{LPIPS[which].heads.file}.pth").write_bytes(heads.read_bytes())
    return which, layers, taps, torch.load(heads, map_location="cpu", weights_only=True)


@torch.inference_mode()
def literal(first, second, layers, taps, heads):
    """Zhang et al. 2018, eq. 1, place by place, for two pictures uint8 [h, w, 3]."""
    mean, deviation = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    shown = torch.stack([(torch.from_numpy(one) / 255 * 2 - 1 - mean) / deviation for one in (first, second)])
    x, total = shown.permute(0, 3, 1, 2), 0.0
    for number, layer in enumerate(layers):
        x = layer(x)
        if number in taps:
            w = heads[f"lin{taps.index(number)}.model.1.weight"].flatten().double()
            sums = []
            for i in range(x.shape[2]):
                for j in range(x.shape[3]):
                    a, b = (side[:, i, j].double() / side[:, i, j].double().norm() for side in x)
                    sums.append(float((w * (a - b) ** 2).sum()))
            total += np.mean(sums)
    return total


def test_its_squared_distance_is_the_formula(weights):
    which, layers, taps, heads = weights
    assert min(float(value.min()) for value in heads.values()) >= 0, "the root of a weight is taken"
    raw = np.random.default_rng(0).integers(0, 256, (3, 40, 33, 3), dtype=np.uint8)
    extractor = open_perceptual(which)
    values = extractor(raw).values.astype(np.float64)
    for one, other in ((0, 1), (1, 2)):
        expected = literal(raw[one], raw[other], layers, taps, heads)
        assert np.square(values[one] - values[other]).sum() == pytest.approx(expected, rel=1e-4)
    assert extractor.name == f"lpips-{which}" and len(extractor.hash) == 64 and extractor.resizer.startswith("none")


def test_pictures_that_are_too_small_get_a_sentence(weights):
    extractor = open_perceptual(weights[0])
    least = {"alex": 31, "vgg": 16}[weights[0]]
    assert np.isfinite(extractor(np.ones((1, least, least, 3), np.uint8)).values).all()
    with pytest.raises(DataError, match=f"cannot take pictures of {least - 1}x40; expected {least} pixels or more"):
        extractor(np.zeros((1, least - 1, 40, 3), np.uint8))


def test_it_fits_where_weights_are_at_hand_and_pictures_large_enough(weights, monkeypatch, tmp_path):
    which = weights[0]
    assert LPIPS[which].fits(64, 31) and not LPIPS[which].fits(64, 15)
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path / "empty"))
    monkeypatch.delenv(LPIPS[which].backbone.variable, raising=False)
    assert not LPIPS[which].fits(64, 64)


def test_heads_of_the_other_backbone_are_refused(weights, shared):
    which = weights[0]
    other = {"alex": "vgg", "vgg": "alex"}[which]
    heads = shared / "weights" / "lpips" / "v0.1" / f"{other}.pth"
    LPIPS[which].heads.place().write_bytes(heads.read_bytes())
    with pytest.raises(ModelFileError, match=r"does not hold LPIPS .*: 4 of 5 tensors"):
        open_perceptual(which)


def test_missing_weights_and_unknown_names_get_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("MULLIGAN_VGG16", raising=False)
    with pytest.raises(ModelFileError, match=r"VGG16 weights are not at .* type: export MULLIGAN_VGG16=https://"):
        open_perceptual()
    with pytest.raises(RecipeError, match="there is no LPIPS with 'vgg19'; expected alex or vgg"):
        open_perceptual("vgg19")
