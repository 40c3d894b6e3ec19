"""InceptionV3 and its legacy resizer against torch-fidelity's, with the same random weights."""

import importlib
import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from mulligan.metrics.extractors._extractor_torch import TorchExtractor
from mulligan.metrics.extractors.inception_torch import Inception

PACKAGE = "torch_fidelity"


@pytest.fixture(scope="module")
def reference():
    """Its module for the network: read from its place, since the package as a whole needs torchvision."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None:
        pytest.skip("torch-fidelity is not installed; type: pip install --no-deps torch-fidelity==0.4.0")
    with pytest.MonkeyPatch.context() as patch:
        package = ModuleType(PACKAGE)
        package.__path__ = found.submodule_search_locations
        before = set(sys.modules)
        patch.setitem(sys.modules, PACKAGE, package)
        yield importlib.import_module(f"{PACKAGE}.feature_extractor_inceptionv3")
        for name in set(sys.modules) - before:
            if name.startswith(PACKAGE):
                del sys.modules[name]


@pytest.fixture(scope="module")
def both(reference, tmp_path_factory):
    """Ours and theirs with the same weights, in scales that let the signal reach the end."""
    torch.manual_seed(0)
    ours = Inception()
    for name, value in ours.state_dict().items():
        if name.endswith("conv.weight"):
            torch.nn.init.kaiming_normal_(value)
        elif name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(ours.state_dict() | {"fc.bias": torch.randn(1008)}, path)
    layers = ["2048", "logits_unbiased"]
    theirs = reference.FeatureExtractorInceptionV3("random", layers, feature_extractor_weights_path=path)
    extractor = TorchExtractor(ours, name="", weights_hash="", size=(299, 299), channels=3, resizer="legacy")
    return extractor, theirs


@pytest.mark.parametrize("size", [(32, 32), (75, 120), (299, 299), (310, 305)])
def test_features_and_classes_are_those_of_the_reference(both, size):
    ours, theirs = both
    raw = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    found = ours(raw)
    values, logits = theirs(torch.from_numpy(raw).permute(0, 3, 1, 2))
    assert values.std() > 0.1, "features that say nothing agree with anything"
    np.testing.assert_allclose(found.values, values, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.probabilities, logits.softmax(1), rtol=1e-3, atol=1e-4)
