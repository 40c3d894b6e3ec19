"""InceptionV3: its shapes, and how its weights are found, downloaded and refused (with random weights)."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mulligan.errors import DataError, ModelFileError
from mulligan.metrics import Features, open_extractor, score_features
from mulligan.metrics.extractors import choose, names
from mulligan.metrics.extractors._fetch import fetch, sha256_of
from mulligan.metrics.extractors._published_torch import read
from mulligan.metrics.extractors.inception import WEIGHTS
from mulligan.metrics.extractors.inception_torch import Inception
from mulligan.metrics.frechet import Frechet


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights under the names and in the shapes of the real file, in half precision to be quick."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("served") / "random.safetensors"
    tensors = {name: value.half() for name, value in Inception().state_dict().items() if value.is_floating_point()}
    save_file(tensors | {"fc.bias": torch.zeros(1008)}, path)
    torch.save(tensors, path.with_suffix(".pth"))
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
    monkeypatch.delenv(WEIGHTS.variable, raising=False)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_are_downloaded_once_and_named_in_the_hash(weights, served, monkeypatch, suffix):
    weights = weights.with_suffix(suffix)
    monkeypatch.setenv(WEIGHTS.variable, f"{served}/{weights.name}#sha256={sha256_of(weights)}")
    assert choose("auto").name == "inception"
    extractor = open_extractor("inception")
    assert sha256_of(WEIGHTS.place()) == sha256_of(weights) and len(extractor.hash) == 64
    raw = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    found = extractor(raw)
    assert found.values.shape == (2, 2048) and np.isfinite(found.values).all() and found.values.std() > 0
    assert found.probabilities.shape == (2, 1008)
    np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-4)
    monkeypatch.setenv(WEIGHTS.variable, "http://127.0.0.1:9/gone#sha256=" + 64 * "0")
    np.testing.assert_array_equal(open_extractor("inception")(raw).values, found.values)


@pytest.mark.parametrize("name", ["inception-2015-12-05.pth", "pt_inception-2015-12-05-6726825d.pth"])
def test_the_file_that_others_publish_is_read_as_it_is(weights, name):
    WEIGHTS.place().parent.mkdir(parents=True)
    (WEIGHTS.place().parent / name).write_bytes(weights.with_suffix(".pth").read_bytes())
    published = open_extractor("inception").hash
    WEIGHTS.places()[0].write_bytes(weights.read_bytes())
    assert open_extractor("inception").hash == published


def test_a_file_that_would_run_code_is_refused():
    class Evil:
        def __reduce__(self):
            return exec, ("raise SystemExit('the file ran its code')",)

    WEIGHTS.places()[1].parent.mkdir(parents=True)
    for content in (Evil(), {"fc.weight": Evil()}, {"fc.weight": 3}, [torch.zeros(1)]):
        torch.save(content, WEIGHTS.places()[1])
        with pytest.raises(ModelFileError, match="is not a readable weights file"):
            open_extractor("inception")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_files_with_changed_bytes_are_read_or_refused(weights, tmp_path):
    torch.save({"a": torch.zeros(3), "b": torch.ones(4, 2)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    torch.save({"a": torch.zeros(3), "b": torch.ones(4, 2)}, tmp_path / "new.pth")
    random, refused, path = np.random.default_rng(0), 0, tmp_path / "changed.pth"
    for whole in [(tmp_path / name).read_bytes() for name in ("old.pth", "new.pth")] * 40:
        content = bytearray(whole)
        for place in random.integers(0, len(content), 8):
            content[place] = random.integers(0, 256)
        path.write_bytes(content)
        try:
            assert all(isinstance(value, torch.Tensor) for value in read(path).values())
        except ModelFileError:
            refused += 1
    assert refused > 20


def test_every_resizer_has_its_name_and_its_stamp(weights):
    WEIGHTS.place().parent.mkdir(parents=True)
    WEIGHTS.place().write_bytes(weights.read_bytes())
    raw = np.random.default_rng(0).integers(0, 256, (1, 80, 90, 3), dtype=np.uint8)
    opened = [open_extractor(name) for name in names() if name.startswith("inception")]
    assert len({one.name for one in opened}) == len({one.resizer for one in opened}) == 4
    assert len({one.hash for one in opened}) == 1
    values = [one(raw).values for one in opened]
    assert not any(np.array_equal(a, b) for a, b in combinations(values, 2))
    with pytest.raises(DataError, match=r"cannot take pictures of 74x90; type --extractor inception"):
        open_extractor("inception-unresized")(raw[:, :74])
    clean, legacy = (
        score_features(Features(np.eye(3)), Features(np.eye(3)), only=[Frechet()], protocol={"resizer": one.resizer})[0]
        for one in opened[:2]
    )
    with pytest.raises(DataError, match=r"resizer is bicubic .* in one and legacy bilinear of TensorFlow 1"):
        clean.beats(legacy)


def test_it_is_the_published_network():
    """21.8 million parameters without the auxiliary head, 2.1 for the classes; 8x8 cells at the end."""
    network = Inception().eval()
    assert sum(value.numel() for value in network.parameters()) == 21_785_568 + 1008 * 2048
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
    with pytest.raises(
        ModelFileError, match=r"are not at .*inception-2015-12-05.safetensors; .*type: export MULLIGAN_INC"
    ):
        open_extractor("inception")


def test_another_file_is_refused():
    WEIGHTS.place().parent.mkdir(parents=True)
    save_file({"Conv2d_1a_3x3.conv.weight": torch.zeros(2, 2)}, WEIGHTS.place())
    with pytest.raises(ModelFileError, match="does not hold InceptionV3: 471 of 471 tensors are missing"):
        open_extractor("inception")
    WEIGHTS.place().write_bytes(b"no weights")
    with pytest.raises(ModelFileError, match="is not a readable weights file"):
        open_extractor("inception")
