"""Sources of real samples: each recognized by its content, looked through once, and read as numpy arrays by index."""

from collections.abc import Callable
from pathlib import Path

from mulligan.data._open import open_listing
from mulligan.data._recognize import list_source
from mulligan.data._report import Report
from mulligan.data._source import Codec, Source
from mulligan.data._survey import Survey, take_survey
from mulligan.errors import DataError, nearest

__all__ = ["Report", "Source", "Survey", "open_source", "survey"]

SPLITS = ("train", "test", "all")


def survey(where: str | Path) -> Survey:
    """What ``where`` holds, from headers only: a built-in name (``digits``, ``toy:ring`` ...) or a path.

    >>> survey("digits").count
    899
    """
    return take_survey(list_source(where, "train"))


def open_source(
    where: str | Path,
    codec: Codec,
    split: str = "train",
    cache: Path | str | bool | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Source:
    """Open one split ("train", "test" or "all") of ``where``, decoded by ``codec``, with a report of what was found.

    Decoded samples are kept under ``cache`` (by default ``$MULLIGAN_CACHE`` or ``~/.cache/mulligan``; False keeps
    none), so that the second start is immediate. ``progress(done, total)`` is called while decoding. A source without
    a test split of its own gives all of it for every split (``has_test_split`` is then False). DataError when there
    is nothing to train on, or more than a fifth of the pictures cannot be used.
    """
    if split not in SPLITS:
        raise DataError(f"There is no split '{split}'; expected train, test or all.{nearest(split, SPLITS)}")
    return open_listing(list_source(where, split), codec, split, cache, progress)
