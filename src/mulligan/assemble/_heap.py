"""Memory that is freed stays with the process: the next step needs it again."""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # the numbers of mallopt(3)
_LARGEST_BLOCK = 32 * 1024**2  # that glibc lets one keep
_KEPT = 1024**3


@cache
def keep_freed_memory() -> bool:
    """Ask glibc for it, once in a process; False where there is another C library.

    Else each tensor of more than 128 KiB would be taken from the system anew, page by page: 4,000 pages in one step
    of a small convolutional pair, and a tenth of its time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    asked = {_MMAP_THRESHOLD: _LARGEST_BLOCK, _TRIM_THRESHOLD: _KEPT, _TOP_PAD: _LARGEST_BLOCK}
    taken = [mallopt(option, amount) for option, amount in asked.items()]  # each one, whatever the others say
    return all(taken)
