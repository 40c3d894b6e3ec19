"""The rows of the comparison, each with a number or a word for each framework."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mulligan.apps.compare_frameworks._found import PAIR, Found
from mulligan.apps.compare_frameworks._windows import Middle
from mulligan.metrics import Score

_MEGA = 10**6
_PARTS = {"framework": "loading the framework", "build": "building networks and feed", "first step": "the step itself"}


@dataclass(frozen=True)
class Row:
    """One line: numbers by framework, or words; ``ratio`` is the second's over the first's; ``real`` of real data."""

    what: str
    unit: str = ""
    numbers: dict[str, Middle] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    ratio: Middle | None = None
    real: Middle | None = None
    better: str = ""


def rows(found: Found) -> list[Row]:
    """All of them, in the order in which they are shown."""
    return [*_named(found), *_speed(found), *_starts(found), *_sizes(found), *_quality(found), *_code(found)]


def _named(found: Found) -> Iterator[Row]:
    yield Row("packages", words={name: ", ".join(found.install[name].roots) for name in PAIR})
    for name in ("device", "threads", "precision"):
        yield Row(name, words={each: str(found.about[each][name]) for each in PAIR})


def _speed(found: Found) -> Iterator[Row]:
    taken = {"speed": "seconds"}
    if found.about[PAIR[0]]["device"] == "cpu":
        taken["speed, by the time of the CPU"] = "cpu_seconds"
    for what, of in taken.items():
        *each, ratio = found.speeds(of)
        yield Row(what, "images/s", dict(zip(PAIR, each, strict=True)), ratio=ratio, better="higher")


def _starts(found: Found) -> Iterator[Row]:
    yield _plain(
        "time to the first step, from the start of the process", "s", lambda name: sum(found.first_step[name].values())
    )
    yield _plain("the same, by the time of the CPU", "s", lambda name: found.first_step_cpu[name])
    for part, what in _PARTS.items():
        yield _plain(f"of that, {what}", "s", lambda name, part=part: found.first_step[name][part])


def _sizes(found: Found) -> Iterator[Row]:
    yield _plain("peak memory of the process", "MB", lambda name: found.memory[name]["process"] / _MEGA)
    if all("device" in found.memory[name] for name in PAIR):
        yield _plain("peak memory of the device", "MB", lambda name: found.memory[name]["device"] / _MEGA)
    yield _plain("installed size", "MB", lambda name: found.install[name].bytes / _MEGA)
    yield _plain("installed packages, with what they need", "", lambda name: len(found.install[name].packages))


def _quality(found: Found) -> Iterator[Row]:
    floors = {score.measure: score for score in found.floor}
    theirs = {name: {score.measure: score for score in found.scores[name]} for name in PAIR}
    for score in found.scores[PAIR[0]]:
        same = {name: scores[score.measure] for name, scores in theirs.items() if score.measure in scores}
        numbers = {name: _number(one) for name, one in same.items()}
        real = _number(floors[score.measure]) if score.measure in floors else None
        yield Row(score.measure, "", numbers, real=real, better=score.better)


def _code(found: Found) -> Iterator[Row]:
    for what, counts in found.about[PAIR[0]]["lines"].items():
        yield _plain(f"lines of code: {what}", "", lambda name, counts=counts: counts[name])


def _plain(what: str, unit: str, value: Callable[..., Any]) -> Row:
    """A row of numbers that are not known to lie between others; the smaller is the better one."""
    each = [float(value(name)) for name in PAIR]
    ratio = each[1] / each[0] if each[0] else None
    numbers = {name: Middle(x, x, x) for name, x in zip(PAIR, each, strict=True)}
    return Row(what, unit, numbers, ratio=None if ratio is None else Middle(ratio, ratio, ratio), better="lower")


def _number(score: Score) -> Middle:
    return Middle(score.value, score.low, score.high)
