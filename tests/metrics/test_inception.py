"""InceptionV3: its shapes, and how its weights are found, downloaded and refused (with random weights)."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mulligan.errors import ModelFileError
from mulligan.metrics import open_extractor
from mulligan.metrics.extractors import choose, inception
from mulligan.metrics.extractors._fetch import fetch, sha256_of
from mulligan.metrics.extractors.inception_torch import Inception


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights under the names and in the shapes of the real file, in half precision to be quick."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("served") / "random.safetensors"
    tensors = {name: value.half() for name, value in Inception().state_dict().items() if value.is_floating_point()}
    save_file(tensors | {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}, path)
    return path


@pytest.fixture
def served(weights):
    """The address of the folder that holds them."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(weights.parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path))
    monkeypatch.delenv(inception.LINK, raising=False)


def test_weights_are_downloaded_once_and_named_in_the_hash(weights, served, monkeypatch, tmp_path):
    monkeypatch.setenv(inception.LINK, f"{served}/random.safetensors#sha256={sha256_of(weights)}")
    assert choose("auto").name == "inception"
    extractor = open_extractor("inception")
    assert extractor.hash == sha256_of(weights) == sha256_of(inception.place())
    raw = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    values, probabilities = extractor(raw)[:2]
    assert values.shape == (2, 2048) and probabilities is None and np.isfinite(values).all() and values.std() > 0
    monkeypatch.setenv(inception.LINK, "http://127.0.0.1:9/gone#sha256=" + 64 * "0")
    np.testing.assert_array_equal(open_extractor("inception")(raw).values, values)


def test_it_is_the_published_network():
    """21.8 million parameters without the classes and the auxiliary head; 8x8 cells at the end."""
    network = Inception().eval()
    assert sum(value.numel() for value in network.parameters()) == 21_785_568
    shapes = []
    network.Mixed_7c.register_forward_hook(lambda _module, _inputs, output: shapes.append(output.shape))
    with torch.inference_mode():
        network(torch.zeros(1, 3, 299, 299))
    assert shapes == [(1, 2048, 8, 8)]


def test_a_download_with_another_hash_leaves_nothing(served, tmp_path):
    place = tmp_path / "weights" / "it.safetensors"
    with pytest.raises(ModelFileError, match="nothing was kept"):
        fetch(f"{served}/random.safetensors#sha256={64 * '0'}", place)
    assert list(place.parent.iterdir()) == []


def test_links_that_lead_nowhere_get_a_sentence(served, tmp_path):
    for link, sentence in {
        f"{served}/absent#sha256={64 * '0'}": "could not be downloaded .*404",
        f"http://127.0.0.1:9/x#sha256={64 * '0'}": "could not be downloaded .*refused",
        f"not a link#sha256={64 * '0'}": "could not be downloaded",
        f"{served}/random.safetensors": "has no checksum",
    }.items():
        with pytest.raises(ModelFileError, match=sentence):
            fetch(link, tmp_path / "weights" / "it.safetensors")


def test_without_weights_it_says_where_they_belong():
    with pytest.raises(ModelFileError, match=r"are not at .*inception-2015-12-05.safetensors; put them there"):
        open_extractor("inception")


def test_another_file_is_refused():
    inception.place().parent.mkdir(parents=True)
    save_file({"Conv2d_1a_3x3.conv.weight": torch.zeros(2, 2)}, inception.place())
    with pytest.raises(ModelFileError, match="does not hold InceptionV3: 470 of 470 tensors are missing"):
        open_extractor("inception")
    inception.place().write_bytes(b"no weights")
    with pytest.raises(ModelFileError, match="is not a readable weights file"):
        open_extractor("inception")
