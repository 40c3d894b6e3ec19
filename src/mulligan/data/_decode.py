"""Every sample of a listing through the codec, in order, with bounded memory and all problems on record."""

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, cast

import numpy as np
from PIL import Image

from mulligan.data._listing import Arrays, Listing, Pictures
from mulligan.data._report import Findings
from mulligan.data._source import Codec, PictureCodec
from mulligan.data._survey import header
from mulligan.errors import BadPicture, DataError

Progress = Callable[[int, int], None]

# Above this share of bad pictures something is wrong with the set rather than with a few files in it.
BAD_SHARE = 0.2

# Threads, because Pillow lets go of the interpreter while it decodes: as fast as processes, without their start-up.
THREADS = min(8, os.cpu_count() or 1)

# Arrays are resized in blocks of so many, so that memory does not grow with the set.
BLOCK = 1024


class Decoded(NamedTuple):
    """One picture's outcome."""

    row: np.ndarray | None
    notes: tuple[str, ...]
    size: tuple[int, int]
    problem: str


def decode(listing: Listing, codec: Codec, findings: Findings, progress: Progress | None) -> Iterator[np.ndarray]:
    """Yield blocks of raw samples [n, ...]; fills ``findings``; DataError once all are seen if too many are bad."""
    if isinstance(listing, Arrays):
        yield from _arrays(listing.loaded[0], codec, progress)
    else:
        assert isinstance(listing, Pictures)
        yield from _pictures(listing, codec, findings, progress)


def _arrays(raw: np.ndarray, codec: Codec, progress: Progress | None) -> Iterator[np.ndarray]:
    for start in range(0, len(raw), BLOCK):
        yield codec.resize(raw[start : start + BLOCK])
        if progress:
            progress(min(start + BLOCK, len(raw)), len(raw))


def _pictures(listing: Pictures, codec: Codec, findings: Findings, progress: Progress | None) -> Iterator[np.ndarray]:
    for done, (name, decoded) in enumerate(_in_order(listing, cast(PictureCodec, codec)), start=1):
        if decoded.row is None:
            findings.refused.append((name, decoded.problem))
        else:
            findings.converted.update(decoded.notes)
            findings.note_size(*decoded.size, name)
            findings.kept.append(done - 1)
            yield decoded.row[None]
        if progress:
            progress(done, len(listing.names))
    _check_share(listing, findings)


def _in_order(listing: Pictures, codec: PictureCodec) -> Iterator[tuple[str, Decoded]]:
    """Read here, one after the other (archives like it so); decode in threads, a few pictures ahead."""
    waiting: deque[tuple[str, Future[Decoded]]] = deque()
    with warnings.catch_warnings(), ThreadPoolExecutor(THREADS) as pool:
        # Pillow warns above its own limit; the codec has a lower one and refuses.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        for index, name in enumerate(listing.names):
            try:
                content: bytes | BadPicture = listing.content(index)
            except BadPicture as error:
                content = error
            waiting.append((name, pool.submit(_one, content, name, codec)))
            if len(waiting) >= 4 * THREADS:
                name, future = waiting.popleft()
                yield name, future.result()
        for name, future in waiting:
            yield name, future.result()


def _one(content: bytes | BadPicture, name: str, codec: PictureCodec) -> Decoded:
    try:
        if isinstance(content, BadPicture):
            raise content
        row, notes = codec.picture(content, name)
    except BadPicture as error:
        return Decoded(None, (), (0, 0), str(error))
    return Decoded(row, notes, header(content)[:2], "")


def _check_share(listing: Pictures, findings: Findings) -> None:
    bad = [*listing.refused, *findings.refused]
    total = len(listing.names) + len(listing.refused)
    if len(bad) <= BAD_SHARE * total:
        return
    reasons = " ".join(reason for _, reason in bad[:3])
    raise DataError(
        f"{len(bad):,} of {total:,} pictures in {listing.part} cannot be used, more than the {BAD_SHARE:.0%} that are "
        f"skipped without asking; remove or mend them. The first: {reasons}"
    )
