"""Which content a source has: a sha256 per file, with an index so that unchanged files are not read again."""

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

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
    if listing.files:
        content: object = sorted(_file_hashes(listing.files, index_folder).items())
    else:
        assert isinstance(listing, Arrays)
        raw, labels = listing.loaded
        content = [hashlib.sha256(part.tobytes()).hexdigest() for part in (raw, labels) if part is not None]
    return hashlib.sha256(json.dumps([identity, content], sort_keys=True).encode()).hexdigest()


def _file_hashes(files: dict[str, Path], index_folder: Path | None) -> dict[str, str]:
    """The sha256 by name; with an index folder, from there where size and both times of a file are as they were."""
    place = os.path.commonpath([path.absolute() for path in files.values()])
    index_file = index_folder / f"{hashlib.sha256(place.encode()).hexdigest()}.json" if index_folder else None
    known = _read_index(index_file)
    hashes, index = {}, {}
    for name, path in files.items():
        try:
            stat = path.stat()
            # Programs can set the time of modification but not the time of change.
            state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
            hashes[name] = known[name][1] if name in known and known[name][0] == state else _sha256(path)
        except OSError as error:
            # Unreadable: decoding will refuse it by name.
            hashes[name] = f"unreadable: {error.strerror}"
            continue
        if time.time() - max(stat.st_mtime, stat.st_ctime) > RACY_SECONDS:
            index[name] = [state, hashes[name]]
    # What is known of other files stays: the splits of a set share a folder, and each start reads both.
    if index_file and known | index != known:
        _write_index(index_file, known | index)
    return hashes


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_index(path: Path | None) -> dict[str, list]:
    try:
        return json.loads(path.read_text()) if path else {}
    except (OSError, ValueError):
        return {}


def _write_index(path: Path, index: dict[str, list]) -> None:
    # Without the index everything still works, only slower.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.partial")
        temporary.write_text(json.dumps(index))
        temporary.replace(path)
