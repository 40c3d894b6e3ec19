"""Which reader a source needs: built-in names first, then whatever the content says."""

import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mulligan.data import archive, arrays, cifar, digits, folder, huggingface, idx, stacked, toy
from mulligan.data._damage import reading
from mulligan.data._listing import Listing
from mulligan.errors import DataError, nearest

BUILT_IN = {"digits": digits.listing, **dict.fromkeys(toy.SETS, toy.listing)}

# Each has ``accepts(path)`` and ``listing(path, split)``; asked in this order. Plain folders of pictures come last.
READERS: tuple[Any, ...] = (arrays, huggingface, idx, cifar, archive)

ACCEPTED = (
    "a folder of pictures (class subfolders become labels), a zip or tar of them, idx files (MNIST), CIFAR-10's binary "
    f"files, .npz or .npy arrays, a Hugging Face datasets folder or parquet file, or one of {', '.join(BUILT_IN)}; "
    "stacked:FOLDER stacks the digits of idx files"
)

Lister = Callable[[str], Listing]


def list_source(where: str | Path, split: str) -> Listing:
    """What one split of ``where`` holds; DataError says what was found and what is accepted."""
    with reading(str(where)):
        listing = recognize(where)(split)
    listing.split = split
    return listing


def recognize(where: str | Path) -> Lister:
    """The function from a split's name to the listing of ``where``."""
    if isinstance(where, str) and where in BUILT_IN:
        return partial(BUILT_IN[where], where)
    if isinstance(where, str) and where.startswith(stacked.PREFIX):
        return partial(stacked.listing, where)
    path = Path(where)
    if not path.exists():
        raise DataError(f"There is no data at '{where}'; expected {ACCEPTED}.{nearest(str(where), BUILT_IN)}")
    path = path.resolve()
    return _folder(path) if path.is_dir() else _file(path)


def _file(path: Path) -> Lister:
    lister = _single(path)
    if lister is None and folder.accepts(path):
        lister = partial(folder.listing, path)
    if lister is None:
        raise DataError(f"The file '{path.name}' is none of the kinds that can be read; expected {ACCEPTED}.")
    return lister


def _single(path: Path) -> Lister | None:
    """The reader of one file that holds a whole set."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise DataError(f"'{path.name}' is a zip file that is cut short or damaged; download or pack it again.")
    return _reader(path)


def _reader(path: Path) -> Lister | None:
    return next((partial(reader.listing, path) for reader in READERS if reader.accepts(path)), None)


def _folder(path: Path) -> Lister:
    reader = _reader(path)
    if reader:
        return reader
    if folder.accepts(path):
        return partial(folder.listing, path)
    sets = [child for child in sorted(path.iterdir()) if child.is_file() and _single(child)]
    if len(sets) == 1:
        return _file(sets[0])
    if sets:
        names = ", ".join(child.name for child in sets[:5])
        raise DataError(f"'{path.name}' holds {len(sets)} data files ({names}); name the one that is meant.")
    raise DataError(f"'{path.name}' holds {_words(folder.listing(path, 'all').left_out)}; expected {ACCEPTED}.")


def _words(found: Counter[str]) -> str:
    kinds = [f"{count:,} {kind}" for kind, count in found.most_common(5)]
    return f"{', '.join(kinds)} files and no pictures" if kinds else "no files"
