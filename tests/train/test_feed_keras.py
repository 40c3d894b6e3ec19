"""In TensorFlow the same samples, labels, latents and augmentations come, in the same order, as in torch."""

from itertools import islice

import numpy as np
import pytest
import torch
from _tensorflow import channels_last, tf

from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.train import feed_keras, feed_torch
from mulligan.train.draws import Draws

CODEC = ImageCodec((8, 8), 1)
FEEDS = ((feed_torch, torch.device("cpu")), (feed_keras, "/CPU:0"))


@pytest.fixture(scope="module")
def source():
    return data.open_source("digits", CODEC, cache=False)


def rounds(source, module, device, kind="resident", codec=CODEC, images=0, **more):
    numbers = {"draws": Draws(3), "batch_size": 50, "scale": codec.scale, "offset": codec.offset}
    reading = {"workers": more.pop("workers")} if kind == "streamed" else {}
    real = getattr(module, kind)(source, labels=codec is CODEC, device=device, **numbers, **reading)
    game = TwoPlayer(NonSaturating(), critic_turns=2)
    more = {"game": game, "draws": Draws(3), "pictures": real, "batch_size": 50, "latent": 5, "device": device} | more
    return module.Feed(**more).rounds(images)


def assert_same(one, two, count):
    compared = 0
    for batches, others in zip(islice(one, count), islice(two, count), strict=True):
        for batch, other in zip(batches, others, strict=True):
            assert batch.keys() == other.keys()
            for name, tensor in batch.items():
                wanted = channels_last(tensor.numpy())
                assert np.array_equal(other[name].numpy(), wanted) and other[name].numpy().dtype == wanted.dtype, name
                compared += 1
    assert compared >= 3 * 3 * count


@pytest.mark.parametrize("mirror", [False, True])
def test_batches_are_those_of_torch(source, mirror):
    one, two = (rounds(source, *each, mirror=mirror, augment_uniforms=4, images=800) for each in FEEDS)
    assert_same(one, two, 3)


def test_points_are_those_of_torch():
    codec = PointsCodec(dimensions=2, scale=0.5, offset=-0.1)
    ring = data.open_source("toy:ring", codec, cache=False)
    one, two = (rounds(ring, *each, codec=codec) for each in FEEDS)
    assert_same(one, two, 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_samples_are_the_resident_ones_in_the_same_order(source, workers):
    kept = rounds(source, *FEEDS[1])
    streamed = rounds(source, *FEEDS[1], kind="streamed", workers=workers)
    before = next(streamed)
    copies = [{name: tensor.numpy().copy() for name, tensor in batch.items()} for batch in before]
    for batches, others in zip(islice(kept, 1, 8), streamed, strict=False):
        for batch, other in zip(batches, others, strict=True):
            assert all(np.array_equal(batch[name].numpy(), other[name].numpy()) for name in batch)
    streamed.close()
    for batch, copy in zip(before, copies, strict=True):  # memory of readers is used again, that of batches is not
        assert all(np.array_equal(batch[name].numpy(), copy[name]) for name in batch)


@pytest.mark.parametrize("kind", ["resident", "streamed"])
def test_a_card_decodes_what_comes_to_it_raw(source, kind, monkeypatch):
    """There is no card here: the code for one runs on the CPU."""
    expected = next(rounds(source, *FEEDS[1]))
    monkeypatch.setattr(feed_keras, "_is_host", lambda device: False)
    more = {"workers": 0} if kind == "streamed" else {}
    found = next(rounds(source, *FEEDS[1], kind=kind, **more))
    for batch, other in zip(expected, found, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            assert tf.is_tensor(other[name])
            np.testing.assert_allclose(other[name].numpy(), batch[name].numpy(), rtol=0, atol=1e-6)
