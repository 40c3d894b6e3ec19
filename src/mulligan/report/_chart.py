"""Curves as inline SVG that stays sharp and readable at any width, without a script.

The outer picture is as wide as its place and HEIGHT pixels high, so that its text never shrinks. The curves lie in an
inner picture that is stretched sideways, with strokes that are not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from mulligan.report._axis import Axis, exact, fit, linear, short

HEIGHT, WIDTH = 190, 1000
POINTS = 400  # drawn at most
STOPS = 100  # places at most where the pointer finds the values
COLORS = 6

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One curve over images; ``band`` holds (images, low, high) where there is an interval."""

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = ()


@dataclass(frozen=True)
class Chart:
    """One picture with its title, curves, and perhaps a level to compare them with."""

    title: str
    series: Sequence[Series]
    note: str = ""
    level: float | None = None
    level_name: str = ""
    dots: bool = False
    from_zero: bool = False

    @property
    def legend(self) -> list[dict[str, str | int]]:
        """Name, color and last value of every curve."""
        return [
            {"name": series.name, "color": index % COLORS, "last": exact(series.points[-1][1])}
            for index, series in enumerate(self.series)
            if series.points
        ]

    @property
    def notes(self) -> list[str]:
        """What the reader should know about the picture."""
        notes = [self.note] if self.note else []
        values, (_, y) = self._finite(), self._axes()
        outside = sum(not y.low <= value <= y.high for value in values)
        if y.log:
            notes.append("logarithmic")
        if outside:
            notes.append(f"{outside} of {len(values)} values lie outside")
        if broken := [images for series in self.series for images, value in series.points if not math.isfinite(value)]:
            notes.append(f"not finite after {min(broken):,.0f} images")
        return notes

    def svg(self) -> Markup:
        """The picture."""
        x, y = self._axes()
        curves = [
            _band(series, index, x, y) + self._curve(series, index, x, y) for index, series in enumerate(self.series)
        ]
        return Markup(
            '<svg class="plot" role="img" aria-label="{title}" height="{height}">{grid}'
            '<svg viewBox="0 0 {width} {height}" width="100%" height="{height}" preserveAspectRatio="none">'
            "{curves}</svg>{stops}</svg>"
        ).format(
            title=self.title,
            width=WIDTH,
            height=HEIGHT,
            grid=_grid(x, y) + self._level(y),
            curves=Markup("").join(curves),
            stops=self._stops(x),
        )

    def _finite(self) -> list[float]:
        return [value for series in self.series for _, value in series.points if math.isfinite(value)]

    def _axes(self) -> tuple[Axis, Axis]:
        ends = [end for series in self.series for _, *band in series.band for end in band if math.isfinite(end)]
        shown = [self.level] if self.level is not None else []
        shown += [0.0] if self.from_zero else []
        last = max((images for series in self.series for images, _ in series.points), default=1.0)
        ticks = linear(0.0, last or 1.0, count=4)
        across = Axis(0.0, last or 1.0, False, tuple(tick for tick in ticks.ticks if tick <= last * 1.0001))
        return across, fit(self._finite() + ends, shown)

    def _curve(self, series: Series, index: int, x: Axis, y: Axis) -> Markup:
        color = index % COLORS
        points = thin(series.points, POINTS)
        broken = Markup("").join(
            Markup('<path class="broken" d="M{:.1f} {}h0"/>').format(WIDTH * x.share(images), HEIGHT - 4)
            for images, value in points
            if not math.isfinite(value)
        )
        curve = Markup('<path class="c{}" d="{}"/>').format(color, _path(points, x, y))
        if self.dots or len(points) == 1:
            return curve + broken + Markup('<path class="dots c{}" d="{}"/>').format(color, _dots(points, x, y))
        if len(points) < 60:
            return curve + broken
        faint = Markup('<path class="faint c{}" d="{}"/>').format(color, _path(points, x, y))
        return faint + Markup('<path class="c{}" d="{}"/>').format(color, _path(smooth(points, y.log), x, y)) + broken

    def _level(self, y: Axis) -> Markup:
        if self.level is None:
            return Markup("")
        height = HEIGHT * (1 - y.share(self.level))
        below = self._above(y) and height < HEIGHT - 16
        return Markup(
            '<line class="level" x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/>'
            '<text class="level" x="100%" y="{1:.1f}">{2}</text>'
        ).format(height, height + (14 if below else -5), self.level_name)

    def _above(self, y: Axis) -> bool:
        """Whether the curves end above the level, so that its name belongs below."""
        ends = [series.points[-1][1] for series in self.series if series.points]
        return self.level is not None and all(y.share(end) >= y.share(self.level) for end in ends if math.isfinite(end))

    def _stops(self, x: Axis) -> Markup:
        """Invisible columns that show their values when the pointer is over them."""
        values: dict[float, list[str]] = {}
        for series in self.series:
            for images, value in series.points:
                values.setdefault(images, []).append(f"{series.name} {exact(value)}")
        places = sorted(values)
        places = places[:: math.ceil(len(places) / STOPS) or 1]
        edges = [0.0, *((left + right) / 2 for left, right in pairwise(places)), x.high]
        texts = [" · ".join([f"{images:,.0f} images", *values[images]]) for images in places]
        stops = zip(places, pairwise(map(x.share, edges)), texts, strict=False)
        return Markup("").join(_stop(x.share(images), *ends, text) for images, ends, text in stops)


def thin(points: Sequence[Point], most: int) -> Sequence[Point]:
    """At most about so many points: of every stretch its lowest and its highest (or one that is not finite)."""
    if len(points) <= most:
        return points
    stretch = math.ceil(2 * len(points) / most)
    kept: list[Point] = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        finite = [point for point in part if math.isfinite(point[1])]
        ends = [min(finite, key=lambda p: p[1]), max(finite, key=lambda p: p[1])] if finite else []
        ends += [point for point in part if not math.isfinite(point[1])][:1]
        kept += sorted(set(ends))
    return kept


def smooth(points: Sequence[Point], log: bool) -> list[Point]:
    """The curve that an eye would draw through noisy points: a running mean over a thirtieth of them to each side."""
    reach = max(2, len(points) // 30)
    there, back = (math.log, math.exp) if log else (float, float)
    smoothed = []
    for index, (images, value) in enumerate(points):
        near = [there(v) for _, v in points[max(0, index - reach) : index + reach + 1] if math.isfinite(v)]
        smoothed.append((images, back(sum(near) / len(near)) if math.isfinite(value) else value))
    return smoothed


def _path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """A line with gaps where values are not finite."""
    steps, pen = [], "M"
    for images, value in points:
        if math.isfinite(value):
            steps.append(f"{pen}{_place(images, value, x, y)}")
        pen = "L" if math.isfinite(value) else "M"
    return "".join(steps)


def _dots(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """Lines of no length: their round caps are dots that stay round however the picture is stretched."""
    return "".join(f"M{_place(images, value, x, y)}h0" for images, value in points if math.isfinite(value))


def _band(series: Series, index: int, x: Axis, y: Axis) -> Markup:
    band = [entry for entry in series.band if all(map(math.isfinite, entry))]
    if not band:
        return Markup("")
    if len(band) == 1:
        images, low, high = band[0]
        line = f"M{_place(images, low, x, y)}L{_place(images, high, x, y)}"
        return Markup('<path class="c{}" d="{}"/>').format(index % COLORS, line)
    around = [(images, high) for images, _, high in band] + [(images, low) for images, low, _ in reversed(band)]
    return Markup('<path class="band c{}" d="{}Z"/>').format(index % COLORS, _path(around, x, y))


def _place(images: float, value: float, x: Axis, y: Axis) -> str:
    return f"{WIDTH * x.share(images):.1f} {HEIGHT * (1 - y.share(value)):.1f}"


def _stop(at: float, left: float, right: float, text: str) -> Markup:
    return Markup(
        '<g class="stop"><rect x="{left:.2f}%" width="{width:.2f}%" height="{height}"><title>{text}</title></rect>'
        '<line x1="{at:.2f}%" x2="{at:.2f}%" y2="{height}"/><text x="100%" y="-6">{text}</text></g>'
    ).format(left=100 * left, width=100 * (right - left), height=HEIGHT, text=text, at=100 * at)


def _grid(x: Axis, y: Axis) -> Markup:
    rows = [
        Markup(
            '<line x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/><text class="y" x="-8" y="{0:.1f}">{1}</text>'
        ).format(HEIGHT * (1 - y.share(tick)), short(tick))
        for tick in y.ticks
    ]
    columns = [
        Markup('<text class="x" x="{:.2f}%" y="{}">{}</text>').format(100 * x.share(tick), HEIGHT + 18, short(tick))
        for tick in x.ticks
    ]
    return Markup('<g class="grid">{}</g>').format(Markup("").join(rows + columns))
