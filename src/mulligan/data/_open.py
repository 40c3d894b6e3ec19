"""From a listing to a source: fingerprint, cache, decoding, report."""

import os
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from mulligan.data._cache import Writer, default_place, free_bytes, in_memory, read_entry
from mulligan.data._content import fingerprint
from mulligan.data._decode import Progress, decode
from mulligan.data._listing import Arrays, Listing, Pictures
from mulligan.data._report import Findings, Report
from mulligan.data._source import Codec, Live, PictureCodec, Samples, Source
from mulligan.errors import DataError

# Free space that a cache leaves on its disk.
SPARE_BYTES = 256 * 1024 * 1024

# The memory of a machine that does not tell.
USUAL_MEMORY = 8 * 1024**3


class Opened(NamedTuple):
    """Decoded samples, and what there is to say of them."""

    samples: Samples
    labels: np.ndarray | None
    findings: Findings
    told: str


def open_listing(
    listing: Listing, codec: Codec, split: str, cache: Path | str | bool | None, progress: Progress | None
) -> Source:
    """Decode a listing, or find it decoded, and wrap it as a source."""
    _check_kind(listing, codec)
    # Nothing is gained by a cache of what is made or embedded: it is in memory already.
    place = _place(cache) if listing.files else None
    key = fingerprint(listing, split, codec, place / "index" if place else None)
    opened = (_from_cache(place, key) if place else None) or _decoded(listing, codec, place, key, progress)
    samples, labels, findings, told = opened
    return Source(
        samples,
        labels,
        listing.class_names if labels is not None else (),
        fingerprint=key,
        report=_report(listing, codec, split, findings, labels, len(samples), told),
        has_test_split="test" in listing.splits,
        dtype=_dtype(codec),
        modes=listing.modes if isinstance(listing, Arrays) else None,
    )


def _place(cache: Path | str | bool | None) -> Path | None:
    if cache is False:
        return None
    return default_place() if cache is None or cache is True else Path(cache)


def _check_kind(listing: Listing, codec: Codec) -> None:
    points = isinstance(listing, Arrays) and len(listing.shape) == 1
    if points and len(codec.shape) != 1:
        raise DataError(
            f"{listing.where} holds points of numbers and the recipe makes pictures; choose a recipe for points."
        )
    if not points and len(codec.shape) == 1:
        raise DataError(
            f"{listing.where} holds pictures and the recipe makes points of {codec.shape[0]} numbers; "
            "choose a recipe for pictures."
        )


def _dtype(codec: Codec) -> np.dtype:
    return np.dtype(np.uint8 if len(codec.shape) == 3 else np.float32)


def _from_cache(place: Path, key: str) -> Opened | None:
    entry = read_entry(place, key)
    if entry is None:
        return None
    samples, labels, notes = entry
    return Opened(samples, labels, Findings.from_json(notes), f"{place / 'decoded' / key} (found there)")


def _decoded(listing: Listing, codec: Codec, place: Path | None, key: str, progress: Progress | None) -> Opened:
    """Decode into the cache, else into memory, else anew at each reading; say which and why."""
    # Arrays are read first: only then is it sure that a file holds as many samples as its header claims.
    count = len(listing.loaded[0]) if isinstance(listing, Arrays) else len(listing)
    needed = count * int(np.prod(codec.shape)) * _dtype(codec).itemsize
    if place is None:
        told = "none, decoded at each start" if listing.files else "none needed"
        return _uncached(listing, codec, needed, progress, told)
    free = free_bytes(place)
    if free < needed + SPARE_BYTES:
        lack = f"{needed / 1e6:,.0f} MB needed and {free / 1e6:,.0f} MB free at {place}"
        return _uncached(listing, codec, needed, progress, f"none ({lack}), decoded at each start")
    try:
        _write(listing, codec, place, key, progress)
    except OSError as error:
        lack = f"{error.strerror or error} at {place}"
        return _uncached(listing, codec, needed, progress, f"none ({lack}), decoded at each start")
    written = _from_cache(place, key)
    if written is None:  # cleared by somebody else meanwhile, or a disk that does not keep what it takes
        lack = f"what was written at {place} could not be read back"
        return _uncached(listing, codec, needed, progress, f"none ({lack}), decoded at each start")
    size = f"{needed / 1e6:,.1f} MB written"
    return written._replace(told=f"{place / 'decoded' / key} ({size})")


def _write(listing: Listing, codec: Codec, place: Path, key: str, progress: Progress | None) -> None:
    findings = Findings()
    with Writer(place, key, codec.shape, _dtype(codec)) as writer:
        for block in decode(listing, codec, findings, progress):
            writer.append(block)
        writer.finish(_labels(listing, findings), findings.to_json())


def _uncached(listing: Listing, codec: Codec, needed: int, progress: Progress | None, told: str) -> Opened:
    findings = Findings()
    blocks = decode(listing, codec, findings, progress)
    if isinstance(listing, Pictures) and needed > _machine_memory() // 4:
        for _ in blocks:
            pass  # looked at once, so that bad pictures are known
        live = Live(listing, cast(PictureCodec, codec), np.array(findings.kept, np.int64))
        return Opened(live, _labels(listing, findings), findings, told.replace("start", "reading"))
    samples = in_memory(blocks, len(listing), codec.shape, _dtype(codec))
    return Opened(samples, _labels(listing, findings), findings, told)


def _labels(listing: Listing, findings: Findings) -> np.ndarray | None:
    if isinstance(listing, Arrays):
        return listing.loaded[1]
    assert isinstance(listing, Pictures)
    return None if listing.labels is None else listing.labels[np.array(findings.kept)]


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return USUAL_MEMORY


def _report(
    listing: Listing, codec: Codec, split: str, findings: Findings, labels: np.ndarray | None, count: int, told: str
) -> Report:
    names = listing.class_names if labels is not None else ()
    counts = np.bincount(labels, minlength=len(names)) if labels is not None else np.zeros(0, int)
    notes = list(listing.notes)
    if split == "test" and "test" not in listing.splits:
        notes.append("this source has no test split of its own: test is the same as train")
    return Report(
        kind=listing.kind,
        where=listing.where,
        split=split,
        count=count,
        shape=codec.shape,
        classes=dict(zip(names, counts.tolist(), strict=True)),
        licence=listing.licence,
        findings=findings,
        refused=[*listing.refused, *findings.refused],
        left_out=dict(listing.left_out),
        notes=notes,
        fit=getattr(codec, "fit", ""),
        cache=told,
    )
