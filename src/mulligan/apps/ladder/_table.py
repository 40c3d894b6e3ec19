"""The ladder as Markdown for people and as CSV for programs."""

import csv
import io
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.apps._evaluation import shared
from mulligan.apps.compare import markdown
from mulligan.apps.ladder._measure import Entry
from mulligan.apps.ladder._rungs import Rung
from mulligan.apps.ladder._runs import FINISHED, MISSING
from mulligan.errors import DataError
from mulligan.metrics import Score
from mulligan.report._folder import read_folder

# Counts, of which a person wants to see each seed's.
EACH_SEED = ("modes_found", "modes_seen", "classes_found")
Key = tuple[str, str]  # extractor and measure
CSV = ("rung", "data", "recipe", "seed", "state", "images", "cpu_seconds", "generator_parameters", "measure",
       "extractor", "value", "low", "high", "better", "stamp", "said")  # fmt: skip


def document(rungs: Sequence[tuple[Rung, list[Entry], dict[str, Path]]], home: Path) -> str:
    """A section for each rung: its table, the pictures by recipe, the rule of counting, and how all was measured."""
    made = f"Mean +- standard deviation over training seeds, last checkpoints. Made on {_today()}, on {_machine()}."
    return "\n\n".join(["# The test ladder", made, *(_section(*each, home) for each in rungs)]) + "\n"


def numbers(entries: Sequence[Entry]) -> str:
    """One line to a number; a run without numbers has one line too."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV)
    for entry in entries:
        run, standing = entry.run, entry.standing
        about = [run.rung.number, run.rung.data, run.entrant.name, run.seed, standing.state, standing.images,
                 f"{standing.seconds:.1f}", entry.parameters]  # fmt: skip
        for score in entry.scores:
            value = [f"{number:.6g}" for number in (score.value, score.low, score.high)]
            writer.writerow([*about, score.measure, score.extractor, *value, score.better, score.stamp, ""])
        if not entry.scores:
            writer.writerow([*about, *[""] * 7, standing.sentence])
    return file.getvalue()


def _section(rung: Rung, entries: list[Entry], pictures: dict[str, Path], home: Path) -> str:
    there = [(name, list(group)) for name, group in groupby(entries, lambda entry: entry.run.entrant.name)]
    there = [(name, group) for name, group in there if any(entry.standing.state != MISSING for entry in group)]
    keys = list(dict.fromkeys(_key(score) for entry in entries for score in entry.scores))
    for key in keys:
        _check_alike(key, entries)
    lines = [f"## Rung {rung.number}: {rung.data}", markdown([_head(keys), *_rows(there, keys, entries)])]
    lines += [_shown(name, path.relative_to(home)) for name, path in pictures.items()]
    lines += ["\n".join(f"- {line}" for line in [*_about(rung), *_protocol(entries, keys), *_complaints(there)])]
    return "\n\n".join(lines)


def _head(keys: Sequence[Key]) -> list[str]:
    measures = [measure for _, measure in keys]
    names = [f"{measure} ({extractor})" if measures.count(measure) > 1 else measure for extractor, measure in keys]
    return ["recipe", "seeds", *names, "CPU time", "images seen", "parameters of G"]


def _rows(there: list[tuple[str, list[Entry]]], keys: list[Key], entries: list[Entry]) -> Iterator[list[str]]:
    for name, group in there:
        done = [entry for entry in group if entry.standing.state == FINISHED]
        cells = [_cell(key, [_value(entry.scores, key) for entry in done]) for key in keys]
        seconds = _spread([entry.standing.seconds for entry in done], "{:.4g}")
        images = f"{np.mean([entry.standing.images for entry in done]):,.0f}" if done else "-"
        size = f"{done[0].parameters:,}" if done else "-"
        yield [name, _seeds(group), *cells, f"{seconds} s" if done else "-", images, size]
    floor = next((entry.floor for entry in entries if entry.floor), [])
    if floor:
        yield ["real samples", "", *(_cell(key, [_value(floor, key)]) for key in keys), "", "", ""]


def _seeds(group: list[Entry]) -> str:
    done = sum(entry.standing.state == FINISHED for entry in group)
    return str(done) if done == len(group) else f"{done} of {len(group)}"


def _cell(key: Key, values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    if key[1] in EACH_SEED:
        return " ".join(f"{value:g}" for value in there) or "-"
    return _spread(there, "{:.4g}")


def _spread(values: Sequence[float], form: str) -> str:
    """Mean and standard deviation, to as many places."""
    if not values:
        return "-"
    mean = form.format(np.mean(values))
    return f"{mean} +- {np.std(values, ddof=1):.2g}" if len(values) > 1 else mean


def _value(scores: list[Score], key: Key) -> float | None:
    return next((score.value for score in scores if _key(score) == key), None)


def _key(score: Score) -> Key:
    return score.extractor, score.measure


def _check_alike(key: Key, entries: list[Entry]) -> None:
    """No column holds numbers that were measured differently."""
    found = [(entry.run, score) for entry in entries for score in entry.scores if _key(score) == key]
    (first_run, first), *others = found
    for run, score in others:
        if score.stamp != first.stamp:
            raise DataError(f"{first_run} and {run} were not measured alike: {first.difference(score)}")


def _shown(name: str, path: Path) -> str:
    return f"{name}:\n\n![samples of {name}]({path.as_posix()})"


def _about(rung: Rung) -> Iterator[str]:
    yield f"counting: {rung.rule}"
    yield f"the goal: {rung.goal}"
    for published in rung.published:
        yield f"published: {published.says} ({'read in its source' if published.read else 'second-hand'})"
    if rung.caution:
        yield f"beware: {rung.caution}"


def _protocol(entries: list[Entry], keys: list[Key]) -> Iterator[str]:
    """How each extractor's numbers were measured, and where the runs were trained."""
    scores = {_key(score): score for entry in entries for score in entry.scores}
    for _, group in groupby(keys, lambda key: key[0]):
        same = [scores[key] for key in group]
        words = "; ".join(f"{name} {value}" for name, value in shared(same).items() if value)
        yield f"protocol: {words}; stamps {', '.join(f'{score.measure} {score.stamp}' for score in same)}"
        yield from (f"{score.measure}: {name} {value:.4g}" for score in same for name, value in score.details.items()
                    if name.startswith("floor"))  # fmt: skip
    finished = [entry for entry in entries if entry.scores]
    told = {", ".join(f"{name} {value}" for name, value in _environment(entry).items()) for entry in finished}
    yield from (f"trained with: {each}" for each in sorted(told))


def _environment(entry: Entry) -> dict[str, Any]:
    return read_folder(entry.run.folder).section("environment")


def _complaints(there: list[tuple[str, list[Entry]]]) -> Iterator[str]:
    """What did not finish, and seeds of one recipe that are not the same recipe."""
    for name, group in there:
        for entry in group:
            if entry.standing.state != FINISHED:
                why = f": {entry.standing.sentence}" if entry.standing.sentence else ""
                yield f"**{name}, seed {entry.run.seed}: {entry.standing.state}**{why}"
        resolved = [read_folder(entry.run.folder).resolved for entry in group if entry.scores]
        # The batch may have been made for the time, by the speed of the moment.
        recipes = [(one.get("unresolved"), one.get("recipe", {}).get("batch_size")) for one in resolved]
        if any(recipe != recipes[0] for recipe in recipes):
            yield f"**{name}: its seeds were trained by different versions of this recipe**; remove the older runs"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _machine() -> str:
    """The processor by name, where the system tells it."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text(encoding="utf-8", errors="replace").splitlines() if names.is_file() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    word = found[0] if found else platform.processor() or platform.machine()
    return f"{word} ({os.cpu_count()} cores)"
