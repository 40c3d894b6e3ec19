"""Pictures in a zip or tar file: members are read in memory and never extracted."""

import os
import re
import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from mulligan.data._files import FILE_LIMIT, START, is_hidden, is_picture_name, is_picture_start, licence_beside, suffix
from mulligan.data._labels import choose_split
from mulligan.data._listing import Pictures
from mulligan.data._tar import TAR_ERRORS, is_tar, open_tar, tar_members
from mulligan.errors import BadPicture, DataError

# A member may unpack to so many times its packed size once it is larger than the floor; a picture, itself packed,
# hardly shrinks at all, and a bomb shrinks a thousandfold.
RATIO_LIMIT = 100
RATIO_FLOOR = 16 * 1024 * 1024

# What reading damaged or strange members raises: RuntimeError for encrypted ones, NotImplementedError for odd packing.
MEMBER_ERRORS = (*TAR_ERRORS, zipfile.BadZipFile, RuntimeError, NotImplementedError)


@dataclass(kw_only=True)
class Archive(Pictures):
    """Pictures in one archive; ``members`` holds, per name, what the archive needs to find it."""

    members: list[Any]
    opened: zipfile.ZipFile | tarfile.TarFile | None = None
    opened_by: int = field(default_factory=os.getpid)

    def content(self, index: int) -> bytes:
        name, member = self.names[index], self.members[index]
        size, packed = _sizes(member)
        if size > FILE_LIMIT or (size > RATIO_FLOOR and size > RATIO_LIMIT * packed):
            raise BadPicture(f"{name} unpacks from {packed:,} to {size:,} bytes; expected an ordinary picture file.")
        try:
            if self.opened is None or self.opened_by != os.getpid():  # a fork would share one place in the file
                self.opened, self.opened_by = _open(next(iter(self.files.values()))), os.getpid()
            with _member(self.opened, member) as file:
                start = file.read(START)
                # The rest of what is no picture is not worth unpacking: the codec says so from its start.
                return start + file.read(size) if is_picture_start(start) else start
        except MEMBER_ERRORS as error:
            raise BadPicture(f"{name} cannot be read from the archive ({error}); pack it again.") from error

    def __getstate__(self) -> dict[str, Any]:
        # Every process opens the archive itself.
        return {**self.__dict__, "opened": None}


def accepts(path: Path) -> bool:
    """Whether this is a zip or tar file (packed with gzip, bzip2 or xz, or not)."""
    return path.is_file() and (zipfile.is_zipfile(path) or is_tar(path))


def listing(place: Path, split: str) -> Archive:
    """All pictures of an archive: a zip's in the order of their names, a tar's as they come."""
    members: dict[str, Any] = {}
    refused: list[tuple[str, str]] = []
    left_out: Counter[str] = Counter()
    opened = _open(place)
    for name, member in _members(opened):
        problem = _problem(name, member) or (f"{name} is there twice; only the first is used." * (name in members))
        if problem:
            refused.append((name, problem))
        elif not is_hidden(name) and _is_picture(opened, name, member):
            members[name] = member
        else:
            left_out[suffix(name)] += 1
    if not members:
        first = f" and refused the rest: {refused[0][1]}" if refused else ""
        raise DataError(f"'{place.name}' holds no pictures among {sum(left_out.values()):,} other files{first}.")
    names, labels, class_names, splits = choose_split(list(members), split)
    return Archive(
        kind="archive",
        where=place.name,
        files={"": place},
        splits=splits,
        class_names=class_names,
        licence=licence_beside(place),
        refused=refused,
        left_out=left_out,
        names=names,
        labels=labels,
        members=[members[name] for name in names],
        opened=opened,
    )


def _open(place: Path) -> zipfile.ZipFile | tarfile.TarFile:
    return zipfile.ZipFile(place) if zipfile.is_zipfile(place) else open_tar(place)


def _members(opened: zipfile.ZipFile | tarfile.TarFile) -> Iterator[tuple[str, Any]]:
    """Names, with forward slashes, and members that are no folders."""
    if isinstance(opened, tarfile.TarFile):
        yield from ((member.name.removeprefix("./"), member) for member in tar_members(opened) if not member.isdir())
        return
    infos = sorted(opened.infolist(), key=lambda info: info.filename)
    yield from ((info.filename.replace("\\", "/"), info) for info in infos if not info.is_dir())


def _problem(name: str, member: Any) -> str:
    """Why a member is refused by its name or kind; nothing is ever written, but who climbs out means no good."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return f"{name!r} has an absolute path; expected paths within the archive."
    if ".." in name.split("/"):
        return f"{name!r} climbs out of the archive; expected paths within it."
    if isinstance(member, tarfile.TarInfo):
        return "" if member.isreg() else f"{name!r} is a link or a device; expected ordinary files."
    return f"{name!r} is a link; expected ordinary files." if stat.S_ISLNK(member.external_attr >> 16) else ""


def _is_picture(opened: zipfile.ZipFile | tarfile.TarFile, name: str, member: Any) -> bool:
    if is_picture_name(name):
        return True
    try:
        with _member(opened, member) as file:
            return is_picture_start(file.read(START))
    except MEMBER_ERRORS:
        return False


def _member(opened: zipfile.ZipFile | tarfile.TarFile, member: Any) -> IO[bytes]:
    if isinstance(opened, zipfile.ZipFile):
        return opened.open(member)
    file = opened.extractfile(member)
    if file is None:
        raise tarfile.ReadError("not an ordinary file")
    return file


def _sizes(member: Any) -> tuple[int, int]:
    """Unpacked and packed size; a tar file is packed as a whole and limits itself (``_tar.py``)."""
    if isinstance(member, tarfile.TarInfo):
        return member.size, member.size
    return member.file_size, member.compress_size
