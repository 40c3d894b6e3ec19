"""Axes end on round numbers, and a curve shows its spikes, its gaps and its trend."""

import math

import numpy as np
import pytest

from mulligan.report._axis import exact, fit, linear, short
from mulligan.report._chart import Chart, Series, smooth, thin


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (0.13, 0.87, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (-3, 4, (-4, -2, 0, 2, 4)),
        (0, 117, (0, 25, 50, 75, 100, 125)),
        (2e-5, 9e-5, (2e-5, 4e-5, 6e-5, 8e-5, 1e-4)),
        (5, 5, (2, 3, 4, 5, 6, 7, 8)),
        (0, 0, (-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6)),
    ],
)
def test_the_ticks_of_a_linear_axis_are_round_and_hold_the_values(low, high, ticks):
    axis = linear(low, high)
    assert axis.ticks == pytest.approx(ticks)
    assert axis.low <= low and axis.high >= high


@pytest.mark.parametrize("exponent", range(-12, 12))
def test_any_range_gets_a_readable_number_of_ticks(exponent):
    for factor in np.random.default_rng(abs(exponent)).uniform(1, 10, 50):
        axis = linear(0, factor * 10.0**exponent)
        assert 4 <= len(axis.ticks) <= 7
        assert axis.share(axis.ticks[0]) == 0 and axis.share(axis.ticks[-1]) == pytest.approx(1)


def test_values_of_very_different_sizes_get_a_logarithmic_axis():
    axis = fit([1e-4, 0.02, 5.0])
    assert axis.log and axis.ticks == pytest.approx((1e-4, 1e-3, 1e-2, 1e-1, 1, 10))
    assert axis.share(0.01) == pytest.approx(0.4)
    assert not fit([0.0, 1e-4, 5.0]).log and not fit([-1.0, 100.0]).log
    assert len(fit([1e-30, 1.0]).ticks) <= 7


def test_a_single_spike_does_not_flatten_the_curve():
    values = [1 + 0.1 * math.sin(i) for i in range(100)] + [1e3 - 2e3]
    axis = fit(values)
    assert axis.low > -1 and axis.high < 2
    chart = Chart("t", [Series("a", list(enumerate(values, start=1)))])
    assert "1 of 101 values lie outside" in chart.notes


def test_a_level_and_zero_have_their_place_on_the_axis():
    axis = fit([50.0 + i % 2 for i in range(60)], shown=[12.0])
    assert axis.low <= 12 and axis.high >= 51


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (200_000, "200k"),
        (1_500_000, "1.5M"),
        (0.02, "0.02"),
        (2e-4, "2e-4"),
        (1.5e-6, "1.5e-6"),
        (-50, "-50"),
    ],
)
def test_ticks_are_short(value, text):
    assert short(value) == text


def test_numbers_of_tables_have_four_digits_and_a_name_when_they_are_none():
    texts = [exact(value) for value in (23.1234, 12345.6, math.nan, -math.inf, None)]
    assert texts == ["23.12", "12,346", "not a number", "infinite", "–"]


def test_thinning_keeps_every_spike_and_every_gap():
    points = [(float(i), math.sin(i / 50)) for i in range(5000)]
    points[1234] = (1234.0, 99.0)
    points[2345] = (2345.0, math.nan)
    kept = thin(points, 400)
    assert len(kept) <= 402
    assert (1234.0, 99.0) in kept and any(images == 2345.0 for images, _ in kept)
    assert [images for images, _ in kept] == sorted(images for images, _ in kept)


def test_smoothing_follows_the_trend_and_keeps_the_gaps():
    rng = np.random.default_rng(0)
    points = [(float(i), i / 100 + rng.normal(0, 0.3)) for i in range(200)]
    points[100] = (100.0, math.nan)
    smoothed = smooth(points, log=False)
    errors = [value - images / 100 for images, value in smoothed if math.isfinite(value)]
    assert np.std(errors) < 0.15
    assert math.isnan(smoothed[100][1]) and math.isfinite(smoothed[99][1])
    assert smooth([(float(i), 10.0) for i in range(50)], log=True)[25][1] == pytest.approx(10.0)


def test_a_curve_of_one_point_and_one_of_none_can_be_drawn():
    assert 'class="dots c0"' in Chart("t", [Series("a", [(64.0, 1.0)], [(64.0, 0.5, 1.5)])]).svg()
    assert "<svg" in Chart("t", []).svg()


def test_the_pointer_finds_the_values_of_all_curves():
    chart = Chart("t", [Series("a", [(64.0, 1.0), (128.0, 2.0)]), Series("b", [(64.0, 3.0)])])
    assert "<title>64 images · a 1 · b 3</title>" in chart.svg()
    assert "<title>128 images · a 2</title>" in chart.svg()
