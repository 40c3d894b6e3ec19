"""Random numbers are pure functions of (seed, stream, place), and good ones."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from mulligan.train.draws import BLOCK, Draws

N = 4096


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_any_split_of_a_range_gives_the_same_rows(kind):
    whole = getattr(Draws(5), kind)("z", 0, 500, (3, 2))
    assert whole.shape == (500, 3, 2) and whole.dtype == np.float32
    borders = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 100, 100, 3 * BLOCK, 333, 500]
    parts = [getattr(Draws(5), kind)("z", a, b - a, (3, 2)) for a, b in pairwise(borders)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(parts[5]) == 0


def test_a_row_without_a_shape_is_one_number():
    assert Draws(0).uniform("mix", 7, 5).shape == (5,)


def test_seeds_streams_and_places_are_uncorrelated():
    columns = [
        Draws(0).normal("critic/z", 0, N),
        Draws(1).normal("critic/z", 0, N),
        Draws(0).normal("generator/z", 0, N),
        Draws(0).normal("critic/z", N, N),
        Draws(0).uniform("critic/z", 0, N),
        *Draws(0).normal("critic/z", 0, N, (3,)).T,
    ]
    correlations = np.corrcoef(columns)
    np.fill_diagonal(correlations, 0)
    correlations[0, 5:] = correlations[5:, 0] = 0  # the same stream at the same place, in another shape
    correlations[4, (0, 5, 6, 7)] = correlations[(0, 5, 6, 7), 4] = 0
    assert np.abs(correlations).max() < 5 / N**0.5
    assert not np.array_equal(Draws(0).normal("a", 0, 8), Draws(0).normal("b", 0, 8))


def test_rows_within_and_between_blocks_are_uncorrelated():
    z = Draws(2).normal("z", 0, N + BLOCK)
    for lag in (1, 2, BLOCK):
        assert abs(np.corrcoef(z[:N], z[lag : N + lag])[0, 1]) < 5 / N**0.5


def test_normal_numbers_are_normal():
    z = Draws(0).normal("z", 0, N, (16,)).astype(np.float64).ravel()
    share = 5 / z.size**0.5
    assert abs(z.mean()) < share and abs(z.std() - 1) < share
    assert abs((z**3).mean()) < 4 * share and abs((z**4).mean() - 3) < 10 * share
    assert abs((np.abs(z) < 1).mean() - 0.682689) < share


def test_uniform_numbers_are_uniform():
    u = Draws(0).uniform("u", 0, N, (16,)).ravel()
    assert u.min() >= 0 and u.max() < 1
    counts = np.histogram(u, bins=64, range=(0, 1))[0]
    expected = u.size / 64
    assert ((counts - expected) ** 2 / expected).sum() < 63 + 5 * (2 * 63) ** 0.5


def test_the_order_is_a_new_permutation_in_each_epoch():
    draws, length = Draws(3), 37
    epochs = [draws.order(epoch * length, length, length) for epoch in range(20)]
    assert all(sorted(epoch) == list(range(length)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 20
    first = [epoch[0] for epoch in (draws.order(i * length, length, length) for i in range(2000))]
    counts = np.bincount(first, minlength=length)
    assert ((counts - 2000 / length) ** 2 / (2000 / length)).sum() < 36 + 5 * (2 * 36) ** 0.5


@pytest.mark.parametrize("length", [1, 2, 7, 64, 1000])
def test_batches_run_on_across_epochs(length):
    whole = Draws(3).order(0, 200, length)
    assert whole.dtype == np.int64
    for batch in (1, 8, 50, 200):
        parts = [Draws(3).order(start, batch, length) for start in range(0, 200, batch)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_what_is_done_with_the_answer_does_not_change_the_next_one():
    draws = Draws(0)
    for ask in (lambda: draws.order(0, 10, 10), lambda: draws.normal("z", 0, 10), lambda: draws.order(3, 4, 10)):
        first = ask()
        kept = first.copy()
        first[:] = 0
        assert np.array_equal(ask(), kept)


def test_places_far_out_work_and_differ():
    draws, far = Draws(0), 2**40
    assert np.array_equal(draws.normal("z", far + 5, 3), draws.normal("z", far, 8)[5:])
    assert not np.array_equal(draws.normal("z", far, 8), draws.normal("z", 0, 8))
    assert not np.array_equal(draws.normal("z", far, 8), draws.normal("z", 2 * far, 8))
    assert sorted(draws.order(far - far % 10, 10, 10)) == list(range(10))


GOLDEN = {
    "normal": [0.563694179058075, -0.5002967119216919, 1.4237927198410034],
    "far": [-0.3957500457763672, -0.2834380269050598],
    "uniform": [0.9612274765968323, 0.7998263239860535, 0.7627238035202026],
    "order": [9, 1, 9, 6, 0, 8, 7, 3],
    "digits": [1084, 87, 1361, 1508, 1023],
}


# The first numbers of a seed are part of every saved run: should these change, no run of before can be resumed exactly.
def test_the_numbers_are_those_of_the_first_release():
    draws = Draws(0)
    np.testing.assert_array_equal(draws.normal("critic/z", 0, 3), np.float32(GOLDEN["normal"]))
    np.testing.assert_array_equal(draws.normal("critic/z", 2**40, 1, (2,))[0], np.float32(GOLDEN["far"]))
    np.testing.assert_array_equal(draws.uniform("mix", 63, 3), np.float32(GOLDEN["uniform"]))
    assert draws.order(8, 8, 10).tolist() == GOLDEN["order"]
    assert Draws(12345).order(0, 5, 1797).tolist() == GOLDEN["digits"]


def test_they_do_not_depend_on_the_hash_seed_of_python():
    code = "from mulligan.train.draws import Draws; print(Draws(0).normal('critic/z', 0, 3).tolist())"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
