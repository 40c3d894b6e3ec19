"""Which sample, label, latent and augmentation comes when follows from the seed alone."""

import os
import signal
from itertools import islice

import numpy as np
import pytest
import torch

from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.train import feed_torch
from mulligan.train.draws import Draws

CPU = torch.device("cpu")
CODEC = ImageCodec((8, 8), 1)


@pytest.fixture(scope="module")
def source():
    return data.open_source("digits", CODEC, cache=False)


def pictures(source, kind="resident", batch_size=50, labels=True, codec=CODEC, **more):
    make = getattr(feed_torch, kind)
    numbers = {"batch_size": batch_size, "scale": codec.scale, "offset": codec.offset}
    return make(source, draws=Draws(3), labels=labels, device=CPU, **numbers, **more)


def feed(source, batch_size=50, turns=1, **more):
    game = TwoPlayer(NonSaturating(), critic_turns=turns)
    real = pictures(source, batch_size=batch_size)
    return feed_torch.Feed(
        game=game, draws=Draws(3), pictures=real, batch_size=batch_size, latent=5, device=CPU, **more
    )


def take(batches, count):
    found = list(islice(batches, count))
    return {name: torch.cat([batch[name] for batch in found]) for name in found[0]}


def test_each_epoch_shows_every_sample_once_with_its_label(source):
    raw = source.read(np.arange(len(source)))
    twice = take(pictures(source, batch_size=29)(0), 2 * 31)  # 2 x 899 samples
    first, second = (twice["real"][at : at + 899] for at in (0, 899))
    rows = sorted(map(tuple, raw["real"].reshape(899, -1).tolist()))
    for epoch in (first, second):
        shown = torch.round((epoch + 1) * 127.5).to(torch.uint8).reshape(899, -1).tolist()
        assert sorted(map(tuple, shown)) == rows
    assert not torch.equal(first, second)
    assert torch.equal(torch.bincount(twice["label"][:899]), torch.bincount(torch.from_numpy(raw["label"])))
    assert twice["real"].min() == -1 and twice["real"].max() == 1


def test_samples_depend_on_their_place_and_not_on_the_batch(source):
    small, large = take(pictures(source, batch_size=10)(0), 100), take(pictures(source, batch_size=250)(0), 4)
    assert all(torch.equal(small[name], large[name]) for name in small)
    later = take(pictures(source, batch_size=10)(700), 30)
    assert torch.equal(later["real"], small["real"][700:])


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_streamed_samples_are_the_resident_ones_in_the_same_order(source, workers):
    kept, streamed = pictures(source), pictures(source, "streamed", workers=workers)
    for start in (0, 850):
        expected, found = take(kept(start), 4), take(streamed(start), 4)
        assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_points_are_centred_and_streamed_alike():
    codec = PointsCodec(dimensions=2, scale=0.5, offset=-0.1)
    ring = data.open_source("toy:ring", codec, cache=False)
    kept = take(pictures(ring, labels=False, codec=codec)(0), 2)
    streamed = take(pictures(ring, "streamed", labels=False, codec=codec, workers=0)(0), 2)
    assert list(kept) == ["real"] and kept["real"].shape == (100, 2)
    assert torch.equal(kept["real"], streamed["real"])


def test_a_batch_larger_than_the_data_repeats_it(source):
    few = data.open_source("digits", CODEC, cache=False)
    few.samples, few.labels = few.samples[:3], few.labels[:3]
    batch = take(pictures(few, batch_size=8)(0), 1)
    assert len(batch["real"]) == 8 and len({tuple(row.flatten().tolist()) for row in batch["real"]}) == 3


def test_a_round_has_a_batch_for_each_turn_and_the_generator_meets_the_reals_of_the_last(source):
    first, second = islice(feed(source, turns=3).rounds(0), 2)
    assert len(first) == 4
    assert not torch.equal(first[0]["real"], first[1]["real"])
    assert torch.equal(first[2]["real"], first[3]["real"]) and not torch.equal(first[2]["z"], first[3]["z"])
    again = next(feed(source, turns=3).rounds(150))
    assert all(torch.equal(a[name], b[name]) for a, b in zip(second, again, strict=True) for name in a)


def test_augmentation_gets_its_own_numbers_for_real_and_fake_and_for_each_player(source):
    critic, generator = next(feed(source, augment_uniforms=4).rounds(0))
    found = [batch[name] for batch in (critic, generator) for name in ("augment/real", "augment/fake")]
    assert all(each.shape == (50, 4) for each in found)
    assert all(not torch.equal(found[i], found[j]) for i in range(4) for j in range(i))


def test_mirroring_flips_about_half_and_follows_the_place(source):
    plain, flipped = next(feed(source).rounds(0))[0]["real"], next(feed(source, mirror=True).rounds(0))[0]["real"]
    same = [bool(torch.equal(a, b)) for a, b in zip(plain, flipped, strict=True)]
    assert all(torch.equal(b, a if kept else a.flip(-1)) for a, b, kept in zip(plain, flipped, same, strict=True))
    assert 10 < sum(same) < 40
    again = next(feed(source, mirror=True, batch_size=10).rounds(20))[0]["real"]
    assert torch.equal(again, flipped[20:30])


def test_readers_stay_when_the_whole_group_is_asked_to_stop(source):
    batches = pictures(source, "streamed", workers=2)(0)
    expected = take(pictures(source)(0), 12)
    found = [next(batches), next(batches)]  # one of each reader: both have started
    children = torch.multiprocessing.active_children()
    assert len(children) == 2
    for child in children:
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(child.pid, number)
    found += list(islice(batches, 10))
    assert torch.equal(torch.cat([batch["real"] for batch in found]), expected["real"])
    batches.close()


@pytest.mark.parametrize("name, hurried", [("cuda", True), ("mps", False), ("cpu", False)])
def test_copies_are_waited_for_except_on_cuda(name, hurried):
    class Watched:
        def to(self, device, non_blocking):
            assert device.type == name and non_blocking == hurried
            return "there"

    assert feed_torch._on(torch.device(name), Watched()) == "there"
