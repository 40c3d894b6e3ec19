"""What is to be scored: samples of a model or given ones, in chunks, and the data that they are held against."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.apps.generate import GRID, SAMPLES
from mulligan.apps.model import Model, load
from mulligan.assemble.given import given_samples
from mulligan.assemble.judge import batches, spread
from mulligan.assemble.place import located
from mulligan.errors import DataError, RunError
from mulligan.run import MODEL, RESOLVED, Run

_CHUNK = 500


@dataclass(frozen=True)
class OfModel:
    """``count`` samples of a model, for any seed."""

    model: Model
    where: str
    count: int

    @property
    def codec(self) -> Any:
        """How the samples are coded."""
        return self.model.codec

    @property
    def checkpoint(self) -> str:
        """Which model of its run it is, by the name of its file."""
        path = self.model.file.path
        return "last" if path.name == MODEL else path.stem

    @property
    def about(self) -> dict[str, Any]:
        """Which model this is; not part of the protocol."""
        header = self.model.file.header
        return {"model": self.model.file.hash, "checkpoint": self.checkpoint, "images": header.get("images")}

    @property
    def trained_on(self) -> str | None:
        """The fingerprint of its training samples, where the file says it."""
        about = self.model.file.header.get("data")
        return about.get("fingerprint") if isinstance(about, dict) else None

    def protocol(self, seeds: range) -> dict[str, Any]:
        """What the stamp says of these samples."""
        told = seeds[0] if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        return {"checkpoint": self.checkpoint, "samples_seed": told}

    def chunks(self, seed: int) -> Iterator[np.ndarray]:
        """The raw samples."""
        for start in range(0, self.count, _CHUNK):
            yield self.model.generate(min(_CHUNK, self.count - start), seed=seed, start=start)

    def labels(self, seed: int, class_names: tuple[str, ...]) -> np.ndarray | None:
        """What the samples were asked for, where the data means the same by it."""
        return self.model.inputs(self.count, seed=seed)[1] if class_names == self.model.class_names else None

    def one(self, seed: int, index: int) -> np.ndarray:
        """A single sample [1, ...]."""
        return self.model.generate(1, seed=seed, start=index)


@dataclass(frozen=True)
class OfGiven:
    """Samples that are there already."""

    source: Any
    codec: Any
    where: str
    count: int
    about: dict[str, Any] = field(default_factory=dict)

    def protocol(self, seeds: range) -> dict[str, Any]:
        """What the stamp says of these samples."""
        return {"samples": f"given {self.source.report.what}s"}

    def chunks(self, seed: int) -> Iterator[np.ndarray]:
        """The raw samples."""
        return batches(self.source, self.count)

    def labels(self, seed: int, class_names: tuple[str, ...]) -> np.ndarray | None:
        """The classes that they lie in, where the data has the same ones."""
        if self.source.labels is None or class_names != tuple(self.source.class_names):
            return None
        return self.source.labels[spread(self.source, self.count)]


Side = OfModel | OfGiven


def open_side(what: Path, data: str | None, count: int, checkpoint: str | None, **how: Any) -> Side:
    """The side that ``what`` stands for; ``how`` are the words of ``load``."""
    if (what / RESOLVED).is_file() or what.suffix == ".safetensors" or checkpoint is not None:
        model = load(what, checkpoint=checkpoint, **how)
        return OfModel(model, data or _data_of(model.file.path), count)
    source, codec = _given(_without_grid(what))
    return OfGiven(source, codec, data or _missing_data(what), min(count, len(source)))


def _given(what: Path) -> tuple[Any, Any]:
    """Samples with their codec; a place with nothing in it may have been meant as a run as well."""
    try:
        return given_samples(str(what))
    except DataError as error:
        if what.exists() or ":" in str(what):  # stacked:FOLDER
            raise
        raise RunError(
            f"there is nothing at {what}; expected a run folder, a model file, pictures or points"
        ) from error


def _without_grid(what: Path) -> Path:
    """Of a folder that ``generate`` wrote its pictures, without the one that shows them together."""
    is_generated = (what / SAMPLES).is_dir() and (what / GRID).is_file()
    return what / SAMPLES if is_generated else what


def _data_of(model_file: Path) -> str:
    """Where a run's own data is; a model file that lies elsewhere does not know it."""
    folder = model_file.parent
    if not (folder / RESOLVED).is_file():
        return _missing_data(model_file)
    try:
        return located(Run.open(folder).resolved()["data"]["path"], folder)
    except (KeyError, TypeError):  # a file that others wrote
        return _missing_data(model_file)


def _missing_data(what: Path) -> str:
    raise DataError(f"{what} does not say what to compare it with; name the data: mulligan evaluate {what} --data DATA")
