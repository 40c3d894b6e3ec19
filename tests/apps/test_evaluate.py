"""Scores come with what real samples get beside them, and without where that cannot be had."""

import numpy as np
import pytest
from PIL import Image

import mulligan


@pytest.fixture
def data(tmp_path):
    """A train and a test folder of twenty noisy pictures each."""
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        (tmp_path / "data" / split).mkdir(parents=True)
        for index in range(20):
            pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / split / f"{index}.png")
    return tmp_path / "data"


def test_real_samples_of_the_test_split_stand_beside_the_scores(data):
    found = mulligan.evaluate(data / "train", data)
    beside = [score.measure for score in found.scores if score.measure != "memorization"]
    assert [score.measure for score in found.floor] == beside, "held-out samples are the measure of copies themselves"
    assert "20 real get" in found.table()


@pytest.mark.parametrize("damage", ["broken", "few"])
def test_a_test_split_that_cannot_be_used_costs_the_floor_and_not_the_scores(data, damage):
    for index in range(20):
        path = data / "test" / f"{index}.png"
        if damage == "broken":
            path.write_bytes(b"no picture")
        elif index > 2:
            path.unlink()
    found = mulligan.evaluate(data / "train", data)
    assert found.scores and found.floor is None
    assert "test split" in found.why_no_floor
    assert "no floor" in found.table()
