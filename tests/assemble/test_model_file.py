"""A model file holds all that is needed to use it, and nothing that is code; a strange one gets a sentence."""

import json
import random

import _tiny_runs as tiny
import numpy as np
import pytest

from mulligan import tensorfile
from mulligan.assemble.model import read_codec, read_model
from mulligan.errors import ModelFileError, MulliganError, RecipeError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "run"
    tiny.start(folder, labels=True)
    return folder


@pytest.fixture
def parts(run):
    return tensorfile.read(run / "model.safetensors")


def test_a_model_tells_where_it_is_from(run):
    model = read_model(run)
    assert (model.recipe.name, model.labels, model.codec.shape) == ("dense", 10, (8, 8, 1))
    about = model.header["data"]
    assert (about["where"], about["count"]) == ("digits", 899) and about["licence"].startswith("CC BY 4.0")
    assert model.header["images"] == 80
    assert model.header["scores"][0]["measure"] == "frechet"
    assert model.hash == tensorfile.checksum({f"generator/{name}": array for name, array in model.arrays.items()})


def test_the_deciding_score_carries_what_real_data_gets(run):
    first, *others = read_model(run).header["scores"]
    floor = first["floor"]
    assert floor["low"] <= floor["value"] <= floor["high"] and floor["samples"] == 50
    assert floor["value"] < first["value"]
    assert not any("floor" in score for score in others)
    assert "real against real" in (run / "report.html").read_text()


def test_two_hundred_flipped_bits_and_cuts_are_all_noticed(run, tmp_path):
    content, places = (run / "model.safetensors").read_bytes(), random.Random(1)
    path = tmp_path / "model.safetensors"
    for _ in range(200):
        damaged = bytearray(content)
        damaged[places.randrange(len(content))] ^= 1 << places.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError):
            read_model(path)
    for _ in range(50):
        path.write_bytes(content[: places.randrange(len(content))])
        with pytest.raises(ModelFileError):
            read_model(path)


def changed(value, at=()):
    """Every JSON tree in which one part of ``value`` is something else."""
    for strange in (None, 7, "x", [], {}, {"is": "os/path.join"}, {"is": 3}, [{"is": "networks/mlp.Critic"}]):
        yield at, strange
    if isinstance(value, dict):
        for key in value:
            yield from changed(value[key], (*at, key))


def test_a_header_of_a_stranger_gets_a_sentence_and_runs_nothing(parts, tmp_path):
    """Whatever is put at whatever place of recipe and codec: a sentence, or a model all the same."""
    tensors, header = parts
    path, refused = tmp_path / "strange.safetensors", 0
    for section in ("recipe", "codec", "user_file"):
        for at, strange in changed(header[section], (section,)):
            hostile = json.loads(json.dumps(header))
            inner = hostile
            for key in at[:-1]:
                inner = inner[key]
            inner[at[-1]] = strange
            tensorfile.write(path, tensors, hostile)
            try:
                read_model(path)
            except MulliganError:
                refused += 1
    assert refused > 200


def test_a_missing_section_gets_a_sentence(parts, tmp_path):
    tensors, header = parts
    for section in ("recipe", "codec"):
        tensorfile.write(tmp_path / "a.safetensors", tensors, {k: v for k, v in header.items() if k != section})
        with pytest.raises(ModelFileError, match="is not as Mulligan writes it"):
            read_model(tmp_path / "a.safetensors")
    with pytest.raises(ModelFileError, match="is not as Mulligan writes it"):
        read_codec(tmp_path / "a.safetensors")


def test_a_model_of_an_own_file_asks_for_it(tmp_path):
    own = tmp_path / "my_gan.py"
    own.write_text("from mulligan.recipes.dense import recipe\n")
    tiny.start(tmp_path / "run", recipe=str(own), steps=2, set=tiny.TINY)
    assert (tmp_path / "run" / "my_gan.py").read_text() == own.read_text()
    with pytest.raises(RecipeError, match=r"own file my_gan\.py; name it, or the copy in the run folder"):
        read_model(tmp_path / "run")
    with pytest.raises(RecipeError, match="name it, or the copy"):
        tiny.go_on(tmp_path / "run")
    assert tiny.go_on(tmp_path / "run", recipe=str(own), steps=3).images == 3 * tiny.BATCH
    assert np.isfinite(read_model(tmp_path / "run", str(own)).arrays["head.bias"]).all()
    own.write_text("from mulligan.recipes.dense import recipe  # another one\n")
    with pytest.raises(
        RecipeError, match=r"is not the my_gan\.py that this was made with; the run folder keeps a copy"
    ):
        read_model(tmp_path / "run", str(own))
