"""What the GNU C library does with memory that is freed: keep it for the next step, or give it back at once."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # the numbers of mallopt(3)
_SMALL, _LARGE = 128 * 1024, 1024**2
_LARGEST_BLOCK, _MUCH = 32 * 1024**2, 1024**3
_is_scarce = False


def keep_freed_memory() -> bool:
    """Keep it from now on, unless it was to be given back; whether that is so.

    Else each tensor of more than 128 KiB would be taken from the system anew, page by page: 4,000 pages in one step
    of a small convolutional pair, and a tenth of its time.
    """
    wanted = {_MMAP_THRESHOLD: _LARGEST_BLOCK, _TRIM_THRESHOLD: _MUCH, _TOP_PAD: _LARGEST_BLOCK}
    return not _is_scarce and _asked(wanted)


def give_memory_back() -> None:
    """Give it back at once from now on: a little slower, and without gaps that nothing fits into."""
    global _is_scarce
    _is_scarce = True
    _asked({_MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _SMALL, _TOP_PAD: 0})


def _asked(options: dict[int, int]) -> bool:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return mallopt is not None and all([mallopt(option, amount) for option, amount in options.items()])  # noqa: C419
