"""A freshly trained critic: it cannot tell equal distributions apart, and can tell others."""

import numpy as np

from mulligan.metrics import Features
from mulligan.metrics.two_sample import TwoSample


def take(real, fake, seed=0, **numbers):
    return TwoSample(**numbers)(Features(real), Features(fake), np.random.default_rng(seed))[0]


def normal(count, seed, shift=0.0, dimensions=10):
    return np.random.default_rng(seed).normal(size=(count, dimensions)) + shift


def test_equal_distributions_are_guessed():
    found = [take(normal(400, 2 * seed), normal(300, 2 * seed + 1)) for seed in range(20)]
    assert sum(one.low <= 0.5 <= one.high for one in found) >= 17
    assert abs(np.mean([one.value for one in found]) - 0.5) < 0.025


def test_a_shift_is_learned_as_well_as_it_can_be():
    """Between two unit normals that are 2 apart, no critic gets more than 84.1 %."""
    shift = np.array([2.0] + [0.0] * 9)
    one = take(normal(3000, 0), normal(3000, 1, shift))
    assert one.low < 0.8413 and one.value > 0.82
    assert one.how["critic"].endswith("trained on 1500 a side, judged on 1500")


def test_a_change_that_no_line_divides_is_learned():
    fake = normal(2000, 1)
    fake[:, 0] = np.sign(fake[:, 0]) * 1.5 + 0.2 * fake[:, 0]  # two heaps where the real ones have one
    assert take(normal(2000, 0), fake).low > 0.6


def test_what_is_learned_by_heart_counts_for_nothing():
    """With far more dimensions than samples every training sample can be told; the unseen ones cannot."""
    found = [take(normal(40, 2 * seed, dimensions=300), normal(40, 2 * seed + 1, dimensions=300)) for seed in range(10)]
    assert abs(np.mean([one.value for one in found]) - 0.5) < 0.08


def test_it_is_seeded_and_limited():
    real, fake = normal(500, 0), normal(500, 1, 0.3)
    assert take(real, fake, limit=200) == take(real, fake, limit=200) != take(real, fake, seed=1, limit=200)
    assert "judged on 100" in take(real, fake, limit=200).how["critic"]
