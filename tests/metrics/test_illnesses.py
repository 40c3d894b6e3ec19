"""Models with one illness each: told by the measure that is meant for it, and by that one."""

import numpy as np
import pytest
from _digits import digits, seen

from mulligan.metrics.label_shares import LabelShares
from mulligan.metrics.near_duplicates import NearDuplicates
from mulligan.metrics.sharpness import Sharpness


@pytest.fixture(scope="module")
def real():
    return seen(digits("train")[0])


def healthy(random):
    """Fresh real digits: what a perfect model draws."""
    return digits("test")[0][random.permutation(898)[:700]]


def without_a_class(random):
    """No 7s."""
    raw, labels = digits("test")
    return raw[random.permutation(np.flatnonzero(labels != 7))[:700]]


def with_repeats(random):
    """One in five samples is drawn again, of all classes alike."""
    raw = healthy(random)
    return np.concatenate([raw[:560], raw[random.permutation(560)[:140]]])


def blurred(random):
    """Each pixel a third of the way to the mean of its neighbors."""
    raw = healthy(random).astype(float)
    padded = np.pad(raw, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    mean = sum(padded[:, i : i + 8, j : j + 8] for i in range(3) for j in range(3)) / 9
    return np.rint(raw * 2 / 3 + mean / 3).astype(np.uint8)


def alarms(real, raw, seed):
    """Which measures are beyond what fresh real digits get."""
    fake, random = seen(raw), np.random.default_rng(seed)
    found = LabelShares()(real, fake, random)[1]
    repeats, gap = NearDuplicates()(real, fake, random)[0], Sharpness()(real, fake, random)[0]
    return {
        "a class is lost": found.value < 10,
        "samples repeat": repeats.low > 3 * NearDuplicates().quantile,
        "blurred": gap.low > 0.1 and gap.details["fakes are"] == "blurred",
    }


@pytest.mark.parametrize(
    ("model", "illness"),
    [(healthy, None), (without_a_class, "a class is lost"), (with_repeats, "samples repeat"), (blurred, "blurred")],
)
def test_each_illness_raises_its_own_alarm_and_no_other(real, model, illness):
    for seed in range(5):
        raised = alarms(real, model(np.random.default_rng(seed)), seed)
        assert [name for name, on in raised.items() if on] == ([illness] if illness else [])
