"""Three digits in the channels of one picture, with the label that this gives them."""

import struct
from pathlib import Path

import numpy as np
import pytest

from mulligan.assemble.place import is_there, located, portable
from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source, survey
from mulligan.errors import DataError
from mulligan.metrics.extractors import choose

CODEC = ImageCodec(size=(5, 4), channels=3)
TRAIN, TEST = 60, 20


def idx(array):
    """The bytes of an idx file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    """Grey pictures that are all of one shade: ten times their label, plus one in the test half."""
    for name, count, offset in (("train", TRAIN, 0), ("t10k", TEST, 1)):
        labels = np.arange(count, dtype=np.uint8) % 10
        pictures = np.broadcast_to((10 * labels + offset)[:, None, None], (count, 5, 4)).astype(np.uint8)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(pictures))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def read(folder, split="train"):
    source = open_source(f"stacked:{folder}", CODEC, split=split, cache=False)
    return source, source.read(np.arange(len(source)))


@pytest.mark.parametrize(("split", "count", "offset"), [("train", TRAIN, 0), ("test", TEST, 1)])
def test_each_channel_shows_the_digit_that_the_class_says(folder, split, count, offset):
    source, batch = read(folder, split)
    assert len(source) == count and source.shape == (5, 4, 3) and source.has_test_split
    shades = batch["real"][:, 0, 0].astype(int)  # [n, 3]
    assert (batch["real"] == shades[:, None, None]).all(), "each half is made of its own digits alone"
    said = np.array([list(source.class_names[label]) for label in batch["label"]]).astype(int)
    assert (shades == 10 * said + offset).all()
    assert len(source.class_names) == 1000 and source.class_names[407] == "407"


def test_the_halves_together_are_both_of_them(folder):
    _, whole = read(folder, "all")
    for name, part in (("train", slice(0, TRAIN)), ("test", slice(TRAIN, None))):
        assert (whole["real"][part] == read(folder, name)[1]["real"]).all(), name


def test_they_are_drawn_alike_each_time_and_another_pixel_is_another_set(folder):
    (source, first), (again, second) = read(folder), read(folder)
    assert (first["real"] == second["real"]).all() and source.fingerprint == again.fingerprint
    assert source.fingerprint != open_source(folder, ImageCodec((5, 4), 1), cache=False).fingerprint
    file = folder / "train-images-idx3-ubyte"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    assert read(folder)[0].fingerprint != source.fingerprint


def test_what_cannot_be_stacked_gets_a_sentence(folder, tmp_path):
    with pytest.raises(DataError, match=r"no idx files at .*expected a folder as of MNIST: stacked:mnist/"):
        survey(f"stacked:{tmp_path / 'nowhere'}")
    for labels in folder.glob("*labels*"):
        labels.unlink()
    with pytest.raises(DataError, match="no grey pictures labelled by one digit"):
        survey(f"stacked:{folder}")


def test_a_run_finds_them_again_from_its_own_folder(tmp_path):
    data, run = tmp_path / "data" / "mnist", tmp_path / "runs" / "one"
    data.mkdir(parents=True)
    place = portable(f"stacked:{data}", run)
    assert place == "stacked:../../data/mnist"
    assert Path(located(place, run).removeprefix("stacked:")) == data
    assert is_there(located(place, run)) and not is_there("stacked:nowhere")


def test_the_judge_of_stacked_digits_is_picked_by_what_the_channels_show(shared):
    codec, places = ImageCodec((28, 28), 3), np.arange(256)
    stacked = open_source(f"stacked:{shared / 'mnist'}", codec, cache=False).read(places)["real"]
    assert choose("auto", stacked).name == "classifier-mnist-stacked"
    assert choose("auto", stacked[..., :1].repeat(3, -1)).name == "classifier-mnist", "grey pictures stored as RGB"
    fashion = open_source(f"stacked:{shared / 'fashion-mnist'}", codec, cache=False).read(places)["real"]
    assert choose("auto", fashion).name == choose("auto").name, "nothing that is shipped"
