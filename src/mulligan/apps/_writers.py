"""Processes that write many pictures: to pack and mark them costs far more than to generate them."""

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from mulligan.errors import RunError

FEWEST = 1000  # pictures that are worth a process of their own
LOOK = 1.0  # seconds between two looks whether the parent is there
FORK = "fork"  # others would run the user's script again

Write = Callable[..., Any]


@contextmanager
def writers(pictures: int) -> Iterator[Callable[..., None]]:
    """Give what has a function called with its arguments: by one of several processes where there is much to write.

    All is written when the block ends; what one of them raises is raised then.
    """
    processes = min(_processors(), pictures // FEWEST)
    if processes < 2 or FORK not in multiprocessing.get_all_start_methods():
        yield lambda write, *inputs: write(*inputs)
        return
    context = multiprocessing.get_context(FORK)
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_follow, initargs=(os.getpid(),))
    asked: list[Future] = []
    try:
        yield lambda write, *inputs: asked.append(pool.submit(write, *inputs))
        for future in asked:
            future.result()
    except BrokenProcessPool as error:
        raise RunError("a process that writes pictures died; ask for fewer samples at once, or try again") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # it would look through, and so copy, all that the parent has loaded

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
