"""How good a model, a run or a folder of pictures is, in numbers with their protocol, beside what real data gets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mulligan import data
from mulligan.apps.model import Model, load
from mulligan.assemble.judge import Judge, other_half
from mulligan.codecs.image import ImageCodec
from mulligan.errors import DataError
from mulligan.metrics import Score
from mulligan.run import RESOLVED

SAMPLES = 10_000
_CHUNK = 500


@dataclass(frozen=True)
class Evaluation:
    """``scores`` of what was asked about; ``floor`` is what as many real samples of the test split get, where there is one."""

    what: str
    scores: list[Score]
    floor: list[Score] | None

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        floor = None if self.floor is None else [score.to_json() for score in self.floor]
        return {"what": self.what, "scores": [score.to_json() for score in self.scores], "floor": floor}


def evaluate(
    what: str | Path,
    where: str | None = None,
    *,
    samples: int = SAMPLES,
    extractor: str = "auto",
    split: str = "train",
    seed: int = 0,
    recipe: str | None = None,
    device: str = "auto",
    backend: str = "torch",
) -> Evaluation:
    """Score ``what`` (a run, a model file, or pictures in any form that training takes) against data.

    A run knows its data; for anything else ``where`` names it. DataError, RunError or ModelFileError where it cannot be.
    """
    path = Path(what)
    if _is_model(path):
        model = load(path, backend=backend, device=device, recipe=recipe)
        where, codec = where or _data_of(path), model.codec
        protocol = {"checkpoint": "last" if path.is_dir() else path.stem, "samples_seed": seed}
        chunks = _generated(model, samples, seed)
    else:
        where = where or _missing_data(what)
        codec = _codec_for(str(what))
        pictures = data.open_source(str(what), codec, split="all")
        protocol = {"samples": "given pictures"}
        chunks = Judge.batches(pictures, min(samples, len(pictures)))
    source = data.open_source(where, codec, split=split)
    device_name = str(model.backend.device) if _is_model(path) else "cpu"
    judge = Judge(source, where=source.report.where, split=split, extractor=extractor, device=device_name)
    fake = judge.features(chunks)
    test = other_half(where, codec) if split == "train" else None
    floor = judge.floor(test, len(fake.values), seed=0) if test is not None else None
    return Evaluation(path.name, judge.score_features(fake, seed=0, protocol=protocol), floor)


def _is_model(path: Path) -> bool:
    return path.suffix == ".safetensors" or (path / RESOLVED).is_file()


def _generated(model: Model, samples: int, seed: int) -> Iterator[np.ndarray]:
    for start in range(0, samples, _CHUNK):
        yield model.generate(min(_CHUNK, samples - start), seed=seed, start=start)


def _data_of(path: Path) -> str:
    from mulligan.run import Run

    if not path.is_dir():
        return _missing_data(path)
    found = Run.open(path).resolved()["data"]
    return found["path"] if found["path"] == found["where"] else str(path / found["path"])


def _missing_data(what: Any) -> str:
    raise DataError(f"{what} does not say which data it is to be compared with; name it: mulligan evaluate {what} --data DATA")


def _codec_for(where: str) -> ImageCodec:
    found = data.survey(where)
    if found.is_points:
        raise DataError(f"{where} holds points; expected pictures, a run or a model file")
    return ImageCodec(size=found.size, channels=found.channels)
