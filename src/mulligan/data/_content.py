"""Which content a source has: a sha256 per file, with an index so that unchanged files are not read again.

A set may have millions of files, so names, hashes and the lines of the index pass by one after the other.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from mulligan.data._content_index import Index, Line
from mulligan.data._files import Below
from mulligan.data._listing import Arrays, Listing
from mulligan.data._source import Codec

# Part of every fingerprint: raise it when the meaning of a cached entry changes.
FORMAT = 1

# A file changed so recently could change again within one tick of its file system's clock, so it is not indexed.
RACY_SECONDS = 2.0


def fingerprint(listing: Listing, split: str, codec: Codec, index_folder: Path | None) -> str:
    """The sha256 of everything that decides the decoded samples; places and times of files do not."""
    # Without splits of its own a source is the same for every split; class names decide what a kept label means.
    part = split if listing.splits else "all"
    facts = {"kind": listing.kind, "split": part, "classes": listing.class_names}
    identity = {"format": FORMAT, "codec": codec.decoding, **facts}
    digest = hashlib.sha256(f"[{json.dumps(identity, sort_keys=True)}, [".encode())
    for number, piece in enumerate(_pieces(listing, index_folder)):
        digest.update(f"{', ' if number else ''}{json.dumps(piece)}".encode())
    digest.update(b"]]")
    return digest.hexdigest()


def _pieces(listing: Listing, index_folder: Path | None) -> Iterator[str | tuple[str, str]]:
    """Names with hashes in the order of the names, or hashes of what is made or embedded."""
    if listing.files:
        yield from _file_hashes(listing.files, index_folder)
    else:
        assert isinstance(listing, Arrays)
        raw, labels = listing.loaded
        yield from (hashlib.sha256(part.tobytes()).hexdigest() for part in (raw, labels) if part is not None)


def _file_hashes(files: Mapping[str, Path], index_folder: Path | None) -> Iterator[tuple[str, str]]:
    """The sha256 by name; with an index folder, from there where size and both times of a file are as they were."""
    with _index(files, index_folder) as index:
        for name in sorted(files):
            path = files[name]
            known = index.found(name)
            try:
                stat = path.stat()
                # Programs can set the time of modification but not the time of change.
                state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
                sha = known.sha if known and known.state == state else _sha256(path)
            except OSError as error:
                # Unreadable: decoding will refuse it by name.
                yield name, f"unreadable: {error.strerror}"
                continue
            if time.time() - max(stat.st_mtime, stat.st_ctime) > RACY_SECONDS:
                index.note(Line(name, state, sha))
            yield name, sha


def _index(files: Mapping[str, Path], folder: Path | None) -> contextlib.AbstractContextManager[Index]:
    """The index of the folder that all the files lie in: the splits of a set share one."""
    if folder is None:
        return Index(None)
    absolute = (path.absolute() for path in files.values())
    place = str(files.folder.absolute()) if isinstance(files, Below) else os.path.commonpath([*absolute])
    return Index(folder / f"{hashlib.sha256(place.encode()).hexdigest()}.jsonl")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
