"""How good a model, a run or a folder of pictures is, in numbers with their protocol, beside what real data gets."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mulligan.apps.model import Model, load
from mulligan.assemble._backend import open_backend
from mulligan.assemble.judge import FEWEST_SAMPLES, Judge, given_pictures, other_half, real_side
from mulligan.assemble.place import located
from mulligan.errors import DataError
from mulligan.metrics import Score
from mulligan.run import MODEL, RESOLVED, Run

SAMPLES = 10_000
_CHUNK = 500
_HASH_DIGITS = 12


@dataclass(frozen=True, repr=False)
class Evaluation:
    """``scores`` of what was asked about; ``floor``: what real samples of the test split get, or ``why_no_floor``."""

    what: str
    scores: list[Score]
    floor: list[Score] | None
    why_no_floor: str = ""

    def __repr__(self) -> str:
        return self.table()

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        floor = None if self.floor is None else [score.to_json() for score in self.floor]
        return {"what": self.what, "scores": [score.to_json() for score in self.scores], "floor": floor}

    def table(self) -> str:
        """The numbers as a person reads them, and below how all of them were measured."""
        floors = {score.measure: score for score in self.floor or ()}
        beside = f"{self.floor[0].protocol['fake']:,} real get" if self.floor else ""
        lines = [f"{self.what[:20]:<20} {'value':>9}  {'95 % interval':<22} {'better':<8} {beside}"]
        for score in self.scores:
            interval = f"{score.low:.4g} to {score.high:.4g}"
            real = f"{floors[score.measure].value:.4g}" if score.measure in floors else ""
            lines.append(f"{score.measure:<20} {score.value:>9.4g}  {interval:<22} {score.better:<8} {real}")
        lines += ["", *(f"{name:<20} {value}" for name, value in self._shared_protocol().items())]
        lines += [f"{'no floor':<20} {self.why_no_floor}"] if self.why_no_floor else []
        return "\n".join(line.rstrip() for line in lines)

    def _shared_protocol(self) -> dict[str, Any]:
        """What the protocols of all scores have in common, hashes cut to the digits that one compares."""
        first, *others = (score.protocol for score in self.scores)
        shared = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        return {name.replace("_", " "): _short(name, value) for name, value in shared.items()}


def _short(name: str, value: Any) -> Any:
    return value[:_HASH_DIGITS] if name.endswith("_hash") and value else value


def evaluate(
    what: str | PathLike[str],
    data: str | PathLike[str] | None = None,
    *,
    samples: int = SAMPLES,
    extractor: str = "auto",
    split: str = "train",
    seed: int = 0,
    recipe: str | PathLike[str] | None = None,
    device: str = "auto",
    backend: str = "torch",
) -> Evaluation:
    """Score ``what`` (a run, a model file, or pictures in any form that training takes) against ``data``.

    A run knows its data; for anything else ``data`` names it. DataError, RunError or ModelFileError where it cannot be.
    """
    path, where = Path(what), None if data is None else fspath(data)
    on = str(open_backend(backend, device).device)
    if _is_model(path):
        side = _of_model(load(path, backend=backend, device=on, recipe=recipe), where, samples, seed)
    else:
        side = _of_pictures(path, where or _missing_data(path), samples)
    source = real_side(side.where, side.codec, split)
    _check_count(min(samples, side.samples), str(path))
    _check_count(len(source), side.where)
    shown = split if split != "test" or source.has_test_split else "all"
    judge = Judge(source, where=source.report.where, split=shown, extractor=extractor, device=on, framework=backend)
    fake = judge.features(side.chunks)
    scores = judge.score_features(fake, seed=0, protocol=side.protocol)
    floor, why = _floor(judge, side, len(fake.values)) if split == "train" else (None, "the real side is not train")
    return Evaluation(path.absolute().name, scores, floor, why)


def _floor(judge: Judge, side: "Side", count: int) -> tuple[list[Score] | None, str]:
    """What real samples get, or why that cannot be said: a test split that is damaged must not cost the scores."""
    try:
        test = other_half(side.where, side.codec)
        if test is None:
            return None, "the data has no test split"
        _check_count(len(test), f"the test split of {side.where}")
        return judge.floor(test, count, seed=0), ""
    except DataError as error:
        return None, str(error)


class Side(NamedTuple):
    """What is to be scored: raw samples in chunks, how they are coded, and the data that they are held against."""

    where: str
    codec: Any
    samples: int
    chunks: Iterator[np.ndarray]
    protocol: dict[str, Any]


def _is_model(path: Path) -> bool:
    return path.suffix == ".safetensors" or (path / RESOLVED).is_file()


def _of_model(model: Model, where: str | None, samples: int, seed: int) -> Side:
    path = model.file.path
    chunks = (
        model.generate(min(_CHUNK, samples - start), seed=seed, start=start) for start in range(0, samples, _CHUNK)
    )
    checkpoint = "last" if path.name == MODEL else path.stem
    protocol = {"checkpoint": checkpoint, "samples_seed": seed}
    return Side(where or _data_of(path), model.codec, samples, chunks, protocol)


def _of_pictures(path: Path, where: str, samples: int) -> Side:
    pictures, codec = given_pictures(str(path))
    count = min(samples, len(pictures))
    return Side(where, codec, count, Judge.batches(pictures, count), {"samples": "given pictures"})


def _data_of(model_file: Path) -> str:
    """Where a run's own data is; a model file that lies elsewhere does not know it."""
    folder = model_file.parent
    if not (folder / RESOLVED).is_file():
        return _missing_data(model_file)
    return located(Run.open(folder).resolved()["data"]["path"], folder)


def _missing_data(what: Path) -> str:
    raise DataError(f"{what} does not say what to compare it with; name the data: mulligan evaluate {what} --data DATA")


def _check_count(count: int, what: str) -> None:
    if count < FEWEST_SAMPLES:
        raise DataError(f"{what} gives {count} samples, too few to be scored; expected {FEWEST_SAMPLES} or more")
