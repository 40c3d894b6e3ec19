"""Puts the page together: what is shown is decided here, how it looks in page.html and page.css."""

import shlex
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mulligan import disk
from mulligan.report import _pictures
from mulligan.report._axis import exact
from mulligan.report._chart import Chart, Series
from mulligan.report._evaluations import Table, evaluations
from mulligan.report._folder import Told, as_number, read_folder
from mulligan.report._scores import measures
from mulligan.report._tables import rows, without_folders
from mulligan.report._template import template
from mulligan.report._watch import TOLD_HERE, findings, mulligans

REASONS = {
    "budget": "the budget is used up",
    "time": "the time is up",
    "no more gain": "the scores got no better",
    "interrupted": "it was interrupted",
}
SIGNALS = {  # those that tell most of the balance of the players, of all that the log has
    "critic/accuracy": "Pairs that the critic ranks right (0.5: equilibrium)",
    "critic/overfitting": "Over-fitting of the critic (0 none, 1 complete)",
    "samples/diversity": "Diversity of the samples beside the data's",
    "samples/diversity_within": "The same among samples of one label",
    "critic/gradient_norm": "Gradient of the critic",
    "generator/gradient_norm": "Gradient of the generator",
}
CUT_OFF = ("interrupted", "error")  # what the reason of a run begins with that was not finished
TOLD_ELSEWHERE = ("tick", "score", *TOLD_HERE)


def write_report(run_folder: Path) -> Path:
    """Write ``report.html`` into a run folder, from its files alone, and return its path; RunError if it is no run."""
    told = read_folder(run_folder)
    path = Path(run_folder) / "report.html"
    disk.atomically(path, render(told, evaluations(Path(run_folder))).encode())
    return path


def render(told: Told, evaluated: Sequence[Table] = ()) -> str:
    """The page: one file without scripts that asks nothing of the network."""
    ticks, (scored, protocol) = told.of("tick"), measures(told.of("score"))
    return template("page.html").render(
        evaluated=evaluated,
        name=told.name,
        recipe_name=told.section("recipe").get("name") or "",
        about=told.section("recipe").get("about") or "",
        version=told.resolved.get("mulligan") or "",
        state=_state(told),
        facts=_facts(told, ticks),
        hero=_hero(told),
        timeline=_timeline(told),
        findings=findings(told),
        mulligans=mulligans(told),
        measures=scored,
        protocol=protocol,
        charts=_charts(ticks),
        data=told.section("data"),
        data_name=without_folders(str(told.section("data").get("where") or "")),
        tables={
            "Recipe": list(rows({k: v for k, v in told.section("recipe").items() if k not in ("name", "about")})),
            "Settings": list(rows(told.section("settings"))),
            "Environment": list(rows(told.section("environment"))),
        },
        choices=_lines(told.resolved.get("choices")),
        data_lines=_lines(told.section("data").get("lines")),
        history=_history(told),
        commands=_commands(told),
    )


def _state(told: Told) -> dict[str, str]:
    """Finished, stopped or in progress, and why."""
    marks = told.of("start", "resume", "stop")
    if not marks:
        return {"kind": "waiting", "word": "not started", "why": "no event in the log"}
    if marks[-1]["event"] != "stop":
        return {"kind": "running", "word": "in progress", "why": "no stop in the log: it still runs, or it was cut off"}
    reason = str(marks[-1].get("reason", ""))
    kind = "stopped" if reason.startswith(CUT_OFF) else "finished"
    return {"kind": kind, "word": kind, "why": REASONS.get(reason, reason)}


def _facts(told: Told, ticks: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """The figures at the top, those that are known."""
    last = ticks[-1] if ticks else {}
    speeds = [speed for tick in ticks if (speed := as_number(tick.get("images_per_second")))]
    memory = max((as_number(tick.get("memory_bytes")) or 0.0 for tick in ticks), default=0.0)
    facts = [
        ("images seen", f"{told.images:,}"),
        ("steps", f"{last['step']:,}" if isinstance(last.get("step"), int) else ""),
        ("training time", _duration(as_number(last.get("seconds")))),
        ("images a second", exact(statistics.median(speeds)) if speeds else ""),
        ("peak memory", f"{memory / 1e9:.1f} GB" if memory >= 1e9 else f"{memory / 1e6:.0f} MB" if memory else ""),
        (
            "training samples",
            f"{told.section('data')['count']:,}" if isinstance(told.section("data").get("count"), int) else "",
        ),
    ]
    return [(name, value) for name, value in facts if value]


def _hero(told: Told) -> _pictures.Picture | None:
    """The newest sample grid that can be read."""
    found = (_pictures.load(images, path, "large") for images, path in reversed(told.samples))
    return next((picture for picture in found if picture), None)


def _timeline(told: Told) -> list[_pictures.Picture]:
    pictures = (_pictures.load(images, path, "small") for images, path in _pictures.evenly(told.samples))
    return [picture for picture in pictures if picture]


def _charts(ticks: Sequence[dict[str, Any]]) -> list[Chart]:
    """The terms of each player, then the estimates, some signals, the speed, and every number that changed."""
    players: dict[str, list[Series]] = {}
    for series in _curves(ticks, "terms"):
        player, _, term = series.name.partition("/")
        title = f"{player.capitalize()} terms" if term else "Terms"
        players.setdefault(title, []).append(Series(term or player, series.points))
    charts = [Chart(title, curves) for title, curves in players.items()]
    charts += [Chart("Estimate: " + series.name.replace("_", " "), [series]) for series in _curves(ticks, "estimates")]
    charts += [Chart(SIGNALS[s.name], [s]) for s in _curves(ticks, "signals") if s.name in SIGNALS]
    if speed := _points(ticks, "images_per_second"):
        charts.append(Chart("Speed", [Series("images a second", speed)], note="images a second", from_zero=True))
    changed = [s for s in _curves(ticks, "numbers") if len({value for _, value in s.points}) > 1]
    return charts + [Chart(series.name.replace("_", " ").capitalize(), [series]) for series in changed]


def _curves(ticks: Sequence[dict[str, Any]], group: str) -> list[Series]:
    groups = [tick[group] | {"images": tick.get("images")} for tick in ticks if isinstance(tick.get(group), dict)]
    names = dict.fromkeys(name for values in groups for name in values if name != "images")
    return [Series(str(name), points) for name in names if (points := _points(groups, name))]


def _points(entries: Sequence[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    found = ((as_number(entry.get("images")), as_number(entry.get(name))) for entry in entries)
    return [(images, value) for images, value in found if images is not None and value is not None]


def _history(told: Told) -> list[tuple[str, str, str]]:
    """Every event that has no place of its own on the page: images, what, and the rest in words."""
    history = []
    for event in told.events:
        kind = str(event.get("event", ""))
        if kind not in TOLD_ELSEWHERE:
            rest = {name: value for name, value in event.items() if name not in ("event", "images", "setting")}
            text = ", ".join(f"{row.name} {row.value}" for row in rows(rest))
            images = event.get("images")
            history.append((f"{images:,}" if isinstance(images, int) else "", kind, text))
    return history


def _commands(told: Told) -> list[tuple[str, str]]:
    # A name that begins with a dash would be taken for an option.
    run = shlex.quote(f"./{told.name}" if told.name.startswith("-") else told.name)
    data = shlex.quote(without_folders(str(told.section("data").get("where") or "DATA")))
    resume = f"mulligan train --resume {run}"
    if _state(told)["kind"] == "finished":
        training = ("Train for longer", f"{resume} --images {2 * told.images}")
    else:
        training = ("Go on with the training", resume)
    if not told.images:
        return [training]
    return [
        ("Make pictures", f"mulligan generate {run} -n 64 --seed 0 --out pictures/"),
        ("Walk between them", f"mulligan interpolate {run} --out walk.gif"),
        ("Measure them", f"mulligan evaluate {run} --data {data}"),
        training,
        *([("Train it again, in its folder", str(again))] if (again := told.resolved.get("command")) else []),
    ]


def _lines(value: Any) -> list[str]:
    return [str(line) for line in value] if isinstance(value, list) else []


def _duration(seconds: float | None) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
