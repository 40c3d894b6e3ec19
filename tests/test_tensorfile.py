"""A file of tensors is read whole or refused with a sentence."""

import json
import random
import struct

import numpy as np
import pytest
from safetensors.numpy import save

from mulligan import tensorfile
from mulligan.errors import ModelFileError

TENSORS = {
    "generator/weight": np.linspace(-1, 1, 120, dtype=np.float32).reshape(8, 15),
    "generator/steps": np.array(7, np.int64),
    "generator/empty": np.zeros((0, 3), np.float16),
}
HEADER = {"kind": "model", "note": 'Bär, "quoted" \\ and\nbroken', "scores": [float("nan"), 1.5]}


@pytest.fixture
def path(tmp_path):
    tensorfile.write(tmp_path / "a.safetensors", TENSORS, HEADER)
    return tmp_path / "a.safetensors"


def raw(path, text, tensors=TENSORS, **more):
    """A file with any header, and the right checksum of it."""
    metadata = {"mulligan": text, "sha256": tensorfile._digest(text)} | more
    path.write_bytes(save(tensors, metadata=metadata))


def test_tensors_and_header_come_back(path):
    tensors, header = tensorfile.read(path)
    assert {name: (array.dtype, array.shape) for name, array in tensors.items()} == {
        name: (array.dtype, array.shape) for name, array in TENSORS.items()
    }
    assert all(np.array_equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert header["note"] == HEADER["note"] and np.isnan(header["scores"][0])
    assert tensorfile.read_header(path)["sha256"] == header["sha256"] == tensorfile.checksum(TENSORS)


def test_every_flipped_bit_is_noticed(path):
    content, places = path.read_bytes(), random.Random(0)
    for _ in range(2000):
        place, bit = places.randrange(len(content)), places.randrange(8)
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError):
            tensorfile.read(path)


def test_a_file_cut_anywhere_is_noticed(path):
    content = path.read_bytes()
    for length in (0, 3, 8, 50, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError, match=r"damaged|no Mulligan file"):
            tensorfile.read(path)


def test_a_newer_format_says_what_to_do(path):
    raw(path, json.dumps({"format": tensorfile.FORMAT + 1, "sha256": tensorfile.checksum(TENSORS)}))
    with pytest.raises(ModelFileError, match=r"made by a newer Mulligan .*pip install --upgrade"):
        tensorfile.read(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"format": "a"}',
        '{"format": null}',
        '{"format": [1]}',
        "{" * 100_000,
        "[" * 100_000,
    ],
)
def test_a_hostile_header_is_refused(text, path):
    raw(path, text)
    with pytest.raises(ModelFileError, match="no Mulligan file or its beginning is damaged"):
        tensorfile.read(path)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"not a model at all, only text",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", tensorfile.LARGEST_HEADER + 1) + b"{" * 100,
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 24) + b'{"__metadata__": "no"}   ',
        b"\x80\x04\x95 a pickle",
        b"PK\x03\x04 a zip file of another framework",
    ],
)
def test_what_is_no_tensor_file_is_refused(start, path):
    path.write_bytes(start)
    with pytest.raises(ModelFileError):
        tensorfile.read(path)


def test_a_missing_file_and_a_folder_get_a_sentence(tmp_path):
    with pytest.raises(ModelFileError, match="there is no file"):
        tensorfile.read(tmp_path / "nothing")
    with pytest.raises(ModelFileError, match="no Mulligan file"):
        tensorfile.read(tmp_path)


def test_a_failed_write_leaves_the_old_file(path):
    with pytest.raises(TypeError):
        tensorfile.write(path, TENSORS, {"note": object()})
    assert tensorfile.read(path)[1]["kind"] == "model"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
