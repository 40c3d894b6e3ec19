"""Hugging Face data sets: a folder that ``save_to_disk`` wrote, or parquet files with a column of pictures.

Read with pyarrow alone: nothing that a data set brings along is imported or run.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.data._damage import reading
from mulligan.data._files import is_picture_start, licence_beside
from mulligan.data._labels import SPLITS, value_classes
from mulligan.data._listing import Pictures
from mulligan.errors import BadPicture, DataError, missing_extra

LABEL_COLUMNS = ("label", "labels", "fine_label", "class", "target")


@dataclass(kw_only=True)
class Table(Pictures):
    """One column of encoded pictures over several files; a block of rows is held at a time."""

    column: str
    starts: np.ndarray  # [files + 1], the first row of each file
    block: tuple[int, int, Any] = field(default=(0, 0, None), repr=False)  # first row, end, cells

    def content(self, index: int) -> bytes:
        with reading(self.where):
            if not self.block[0] <= index < self.block[1]:
                file = int(np.searchsorted(self.starts, index, side="right")) - 1
                first, cells = _block(list(self.files.values())[file], index - int(self.starts[file]), self.column)
                first += int(self.starts[file])
                self.block = (first, first + len(cells), cells)
            content = _bytes(self.block[2][index - self.block[0]])
        if not content:
            raise BadPicture(f"{self.names[index]} holds no picture, or only its path; embed the pictures themselves.")
        return content

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "block": (0, 0, None)}


def accepts(path: Path) -> bool:
    """Whether this is a parquet file, a folder of those, or a folder that ``save_to_disk`` wrote."""
    if path.is_file():
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    return path.is_dir() and bool(_parts(path))


def listing(place: Path, split: str) -> Table:
    """The pictures of one split; a column of class labels, where there is one, gives the classes."""
    parts = _parts(place)
    splits = tuple(name for name in ("train", "test") if name in parts) if "train" in parts else ()
    files = [path for name, paths in parts.items() if split == name or split not in splits for path in paths]
    column, label_column, class_names = _columns(files[0])
    labels = _labels(files, label_column)
    if labels is not None and not class_names:
        everything = _labels([path for paths in parts.values() for path in paths], label_column)
        class_names = value_classes(everything)[0] if everything is not None else ()
        position = {name: index for index, name in enumerate(class_names)}
        labels = np.array([position[str(value)] for value in labels]) if class_names else None
    notes = []
    if labels is not None and labels.min(initial=0) < 0:
        notes, labels, class_names = ["some labels are missing, so none are used"], None, ()
    if labels is not None and labels.max(initial=0) >= len(class_names):
        raise DataError(f"'{place.name}' has a label {labels.max()} and {len(class_names)} class names; save it again.")
    starts = np.cumsum([0, *(_rows(path) for path in files)])
    names = [f"{path.name}[{row}]" for path, rows in zip(files, np.diff(starts), strict=True) for row in range(rows)]
    return Table(
        kind="huggingface",
        where=place.name,
        files={(path.relative_to(place).as_posix() if place.is_dir() else ""): path for path in files},
        splits=splits,
        class_names=class_names if labels is not None else (),
        licence=licence_beside(place),
        notes=notes,
        names=names,
        labels=None if labels is None else labels.astype(np.int64),
        column=column,
        starts=starts,
    )


def _parts(place: Path) -> dict[str, list[Path]]:
    """The data files by split; "" where nothing says which."""
    if place.is_file():
        return {"": [place]}
    if (place / "dataset_dict.json").is_file():
        names = _json(place / "dataset_dict.json").get("splits", [])
        found = [(SPLITS.get(name, name), _arrow_files(place / name)) for name in names if (place / name).is_dir()]
        return {name: files for name, files in found if files}
    if (place / "state.json").is_file():
        return {"": _arrow_files(place)}
    parts: dict[str, list[Path]] = {}
    for path in sorted([*place.glob("*.parquet"), *place.glob("data/*.parquet")]):
        parts.setdefault(SPLITS.get(path.stem.split("-")[0], ""), []).append(path)
    return parts


def _arrow_files(folder: Path) -> list[Path]:
    """The files that a saved data set lists, and only those that lie in its own folder."""
    listed = [entry["filename"] for entry in _json(folder / "state.json").get("_data_files", [])]
    return [folder / Path(name).name for name in listed]


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"'{path.name}' of the data set cannot be read ({error}); save the data set again.") from error


def _columns(path: Path) -> tuple[str, str | None, tuple[str, ...]]:
    """The picture column, the label column, and the names of its classes where the data set says them."""
    schema = _schema(path)
    metadata = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    features = metadata.get("info", {}).get("features", {})
    kinds = {name: feature.get("_type") for name, feature in features.items() if isinstance(feature, dict)}
    pictures = [name for name in schema.names if kinds.get(name) == "Image" or _holds_pictures(path, name)]
    if not pictures:
        raise DataError(f"'{path.name}' has the columns {', '.join(schema.names)}; expected one with encoded pictures.")
    named = [name for name in schema.names if kinds.get(name) == "ClassLabel"]
    label = next(iter([*named, *(name for name in LABEL_COLUMNS if name in schema.names)]), None)
    return pictures[0], label, tuple(features[label].get("names", ())) if label in named else ()


def _holds_pictures(path: Path, column: str) -> bool:
    cells = _block(path, 0, column)[1]
    content = _bytes(cells[0]) if len(cells) else None
    return content is not None and is_picture_start(content)


def _bytes(cell: Any) -> bytes | None:
    """The bytes of a cell, which is plain binary or a struct with ``bytes`` and ``path``."""
    value = cell.as_py()
    value = value.get("bytes") if isinstance(value, dict) else value
    return value if isinstance(value, bytes) else None


def _labels(files: list[Path], column: str | None) -> np.ndarray | None:
    if column is None:
        return None
    parts = [_read(path, column).to_numpy() for path in files]
    values = np.concatenate(parts)
    return values.astype(str) if values.dtype == object else values


def _arrow() -> tuple[Any, Any]:
    """pyarrow and its parquet reader; MissingExtraError without them."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "huggingface") from error
    return pyarrow, pyarrow.parquet


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    """A parquet file, or a whole arrow file mapped into memory; damage found while reading becomes a DataError."""
    pyarrow, parquet = _arrow()
    try:
        if path.suffix == ".parquet":
            yield parquet.ParquetFile(path)
        else:
            yield pyarrow.ipc.open_stream(pyarrow.memory_map(str(path))).read_all()
    except (pyarrow.ArrowException, OSError, MemoryError) as error:
        short = str(error).splitlines()[0]
        raise DataError(f"'{path.name}' is damaged or cut short ({short}); download or save it again.") from error


def _schema(path: Path) -> Any:
    with _table(path) as table:
        return table.schema_arrow if path.suffix == ".parquet" else table.schema


def _rows(path: Path) -> int:
    with _table(path) as table:
        return table.metadata.num_rows if path.suffix == ".parquet" else table.num_rows


def _read(path: Path, column: str) -> Any:
    """A whole column."""
    with _table(path) as table:
        return table.read(columns=[column]).column(0) if path.suffix == ".parquet" else table.column(column)


def _block(path: Path, row: int, column: str) -> tuple[int, Any]:
    """The first row and the cells of the block that holds ``row``: a row group of parquet, all of a mapped file."""
    with _table(path) as table:
        if path.suffix != ".parquet":
            return 0, table.column(column)
        first = 0
        for group in range(table.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if row < first + rows:
                return first, table.read_row_group(group, columns=[column]).column(0)
            first += rows
    return first, []
