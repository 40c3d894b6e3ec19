"""Axes: where the ticks go, and how numbers are written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LOG_FROM = 60  # largest over smallest typical value from which a logarithmic axis shows more


@dataclass(frozen=True)
class Axis:
    """A range of values, logarithmic or not, with its ticks."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0 to 1; values beyond an end are drawn at that end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        return min(max((self._scaled(value) - low) / (high - low), 0.0), 1.0)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log else value


def fit(values: Sequence[float], shown: Sequence[float] = ()) -> Axis:
    """The axis for these finite values on which those of ``shown`` have a place too.

    Logarithmic for positive values of very different sizes. A few far outliers are left out of a linear axis, as one
    spike would press all the rest into a line.
    """
    if not values:
        return linear(0.0, 1.0)
    low, high = min(*values, *shown, values[0]), max(*values, *shown, values[0])
    if low > 0 and high / low > LOG_FROM:
        return logarithmic(low, high)
    low, high = _typical(sorted(values))
    low, high = min(low, *shown, low), max(high, *shown, high)
    if 0 < low < 0.5 * high:
        low = 0.0  # near enough to show how far from nothing the values are
    return linear(low, high)


def _typical(ordered: Sequence[float]) -> tuple[float, float]:
    """The ends of the values without those few that lie far from all others."""
    low, high = ordered[0], ordered[-1]
    few = len(ordered) // 50
    reach = 2 * (ordered[-1 - few] - ordered[few])
    if len(ordered) < 20 or not reach:
        return low, high
    return max(low, ordered[few] - reach), min(high, ordered[-1 - few] + reach)


def linear(low: float, high: float, count: int = 5) -> Axis:
    """A linear axis that ends on round numbers."""
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        pad = abs(high) / 2 or 0.5
        low, high = low - pad, high + pad
    step = _round_step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(first * step, last * step, False, tuple(index * step for index in range(first, last + 1)))


def logarithmic(low: float, high: float) -> Axis:
    """A logarithmic axis with a tick at every power of ten, or at every few of them."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    every = math.ceil((last - first) / 5)
    return Axis(10.0**first, 10.0**last, True, tuple(10.0**power for power in range(first, last + 1, every)))


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def short(value: float) -> str:
    """A number for a tick: ``200k``, ``1.5M``, ``0.02``, ``1e-6``."""
    size = abs(value)
    for letter, unit in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if size >= unit:
            return f"{value / unit:.4g}{letter}"
    if 0 < size < 1e-3:
        digits, _, power = f"{value:.2e}".partition("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:.4g}"


def exact(value: float | None) -> str:
    """A number for a table or a legend, with four digits that count."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return short(value)
