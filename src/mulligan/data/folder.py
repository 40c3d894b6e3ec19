"""A folder of picture files, read recursively; first-level subfolders are the classes."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mulligan.data._files import (
    FILE_LIMIT,
    Below,
    is_hidden,
    is_picture_name,
    is_picture_start,
    licence_beside,
    read_start,
    suffix,
)
from mulligan.data._labels import choose_split
from mulligan.data._listing import Pictures
from mulligan.errors import BadPicture, DataError


@dataclass(kw_only=True)
class Folder(Pictures):
    """Picture files on disk; ``files`` maps the names to their places."""

    def content(self, index: int) -> bytes:
        name = self.names[index]
        path = self.files[name]
        try:
            if path.stat().st_size > FILE_LIMIT:
                raise BadPicture(f"{name} is larger than {FILE_LIMIT // 2**20} MB; expected an ordinary picture file.")
            return path.read_bytes()
        except OSError as error:
            raise BadPicture(
                f"{name} cannot be read ({error.strerror}); give yourself the right to read it."
            ) from error


def listing(place: Path, split: str) -> Folder:
    """All pictures in a folder and its subfolders, in the order of their names; or the one picture that is named."""
    left_out: Counter[str] = Counter()
    folder, pictures = place if place.is_dir() else place.parent, []
    for name in _walk(place) if place.is_dir() else [place.name]:
        if _is_picture(folder, name):
            pictures.append(name)
        else:
            left_out[suffix(name)] += 1
    names, labels, class_names, splits = choose_split(sorted(pictures), split)
    return Folder(
        kind="folder",
        where=place.name or str(place),
        files=Below(folder, names),
        splits=splits,
        class_names=class_names,
        licence=licence_beside(place),
        names=names,
        labels=labels,
        left_out=Counter(dict(sorted(left_out.items()))),
    )


def accepts(place: Path) -> bool:
    """Whether this is a picture, or a folder with one somewhere below."""
    if place.is_dir():
        return any(_is_picture(place, name) for name in _walk(place))
    return _is_picture(place.parent, place.name)


def _is_picture(folder: Path, name: str) -> bool:
    return is_picture_name(name) or is_picture_start(read_start(folder / name))


def _walk(folder: Path) -> Iterator[str]:
    """All files below, by their name relative to the folder; links are followed, but never in a circle."""
    seen: set[tuple[int, int]] = set()
    for parent, folders, files in os.walk(folder, followlinks=True, onerror=_unreadable):
        state = Path(parent).stat()
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        inner = Path(parent).relative_to(folder).as_posix()
        for file in files:
            name = file if inner == "." else f"{inner}/{file}"
            if not is_hidden(name) and _is_file(f"{parent}/{file}"):
                yield name


def _is_file(path: str) -> bool:
    """Whether a file is there and an ordinary one; PermissionError where that cannot be looked up."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 -- a Path for each of a million files takes seconds
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EBADF):
            return False
        raise


def _unreadable(error: OSError) -> None:
    raise DataError(
        f"The folder {error.filename} cannot be read ({error.strerror}); give yourself the right to read it."
    ) from error
