"""The comparison as a page in Markdown, as CSV with one line to each number, and as JSON."""

import csv
import io
import json
import shlex
from collections.abc import Iterator
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from mulligan.apps.compare import markdown
from mulligan.apps.compare_frameworks._agreement import largest, shown_steps
from mulligan.apps.compare_frameworks._found import PAIR, STEPS, Found
from mulligan.apps.compare_frameworks._rows import Row, rows
from mulligan.apps.compare_frameworks._windows import Middle
from mulligan.disk import whole_file

PAGE, NUMBERS, EVERYTHING = "frameworks.md", "frameworks.csv", "frameworks.json"
_COLUMNS = ("what", "unit", "framework", "value", "low", "high", "step")


def write(found: Found, home: Path) -> None:
    """Write all three to the folder."""
    texts = {PAGE: document(found), NUMBERS: numbers(found), EVERYTHING: json.dumps(as_json(found), indent=2)}
    for name, text in texts.items():
        with whole_file(home / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def document(found: Found) -> str:
    """The page."""
    samples = {name: f"![{found.recipe} in {name}]({name}.png)" for name in PAIR}
    parts = [
        f"# {found.recipe} on {found.data}: {' and '.join(PAIR)}",
        _about(found),
        markdown([["", *PAIR, f"{PAIR[1]} / {PAIR[0]}", "real"], *map(_cells, rows(found))]),
        "## Samples of the same latents",
        markdown([list(PAIR), list(samples.values())]),
        "## What is missing for this recipe",
        markdown([["", *PAIR], *_missing(found)]),
        f"## Agreement of the first {STEPS} steps",
        _largest(found),
        markdown([["precision", "term", *map(str, shown_steps(STEPS))], *_agreement(found)]),
    ]
    return "\n\n".join(parts) + "\n"


def _about(found: Found) -> str:
    asked, windows = found.asked, f"{len(found.pairs)} windows of {found.window_steps:,} steps"
    threads = "1 thread" if asked.threads == 1 else f"{asked.threads} threads"
    lines = [
        f"`{command(found)}`, {found.date}, on {found.machine}, {threads} each.",
        "",
        "Both began with the same weights and saw the same images in the same order with the same latents: "
        f"{found.images:,} images, seed {asked.seed}.",
        f"They took turns: speeds are medians of {windows} with 95 % intervals, the ratio is that of paired windows.",
        "The time to the first step was measured once.",
        f"Scores are of one training seed, by one extractor on {asked.samples:,} samples each; their intervals are for "
        "other samples of the same model.",
    ]
    return "\n".join(lines)


def _largest(found: Found) -> str:
    """What the table of terms says, and why it must be so where the frameworks draw by themselves."""
    each = [f"{largest(terms):.0e} in {name}" for name, terms in found.agreement.items()]
    said = f"By how much each term differs between the two, relative to its size; at most {', '.join(each)}."
    if len(each) > 1:
        said += (
            f" The last is {PAIR[0]} against itself with the last bits of its weights changed: what rounding may do."
        )
    if drawn := found.about[PAIR[0]]["drawn"]:
        said += f"\nEach framework draws its own {' and '.join(drawn)}, so that the two cannot agree."
    return said


def command(found: Found) -> str:
    """What one types to measure it again."""
    asked = found.asked
    words = ["mulligan", "compare-frameworks", asked.recipe, "--data", asked.data]
    for each in fields(asked):
        value = getattr(asked, each.name)
        if each.default is MISSING or value == each.default:
            continue
        if each.name == "settings":
            words += [word for text in value for word in ("--set", text)]
        elif each.name == "seconds":
            words += ["--time", f"{value:g}s"]
        else:
            words += [f"--no-{each.name}"] if value is False else [f"--{each.name}", str(value)]
    return shlex.join(words)


def numbers(found: Found) -> str:
    """One line to each number: of rows, of windows, and of each term at each step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows(found):
        named = row.numbers | {name: number for name, number in (("ratio", row.ratio), ("real", row.real)) if number}
        writer.writerows([row.what, row.unit, name, *map(repr, number), ""] for name, number in named.items())
    for index, pair in enumerate(found.pairs):
        for name, window in zip(PAIR, pair, strict=True):
            writer.writerow(["window", "s", name, repr(window.seconds), "", "", index])
    for precision, terms in found.agreement.items():
        for term, steps in terms.items():
            what = f"difference of {term} in {precision}"
            writer.writerows([what, "", "", repr(value), "", "", step + 1] for step, value in enumerate(steps))
    return text.getvalue()


def as_json(found: Found) -> dict[str, Any]:
    """All that was measured."""
    from mulligan import __version__

    plain = asdict(found) | {"pairs": [[window._asdict() for window in pair] for pair in found.pairs]}
    plain["install"] = {name: size._asdict() for name, size in found.install.items()}
    plain["scores"] = {name: [score.to_json() for score in scores] for name, scores in found.scores.items()}
    plain["floor"] = [score.to_json() for score in found.floor]
    return {"mulligan": __version__, "command": command(found), "rows": [asdict(row) for row in rows(found)], **plain}


def _cells(row: Row) -> list[str]:
    named = [row.words.get(name) or _cell(row.numbers.get(name), row.unit) for name in PAIR]
    return [f"{row.what} ({row.better})" if row.real else row.what, *named, _cell(row.ratio), _cell(row.real)]


def _cell(number: Middle | None, unit: str = "") -> str:
    if number is None:
        return ""
    value, low, high = (_short(x, unit) for x in number)
    return f"{value}{unit and f' {unit}'}" + (f" [{low}, {high}]" if low != high else "")


def _short(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 1000 or unit in ("MB", "images/s") else f"{value:.3g}"


def _missing(found: Found) -> Iterator[list[str]]:
    names = dict.fromkeys(name for lacks in found.lacks.values() for name in lacks)
    if not names:
        yield ["nothing", *("" for _ in PAIR)]
    for name in names:
        yield [name, *(found.lacks[framework].get(name, "") for framework in PAIR)]


def _agreement(found: Found) -> Iterator[list[str]]:
    for precision, terms in found.agreement.items():
        for term, steps in terms.items():
            yield [precision, term, *(f"{steps[step - 1]:.0e}" for step in shown_steps(len(steps)))]
