"""Processes that write many pictures: to pack and mark them costs far more than to generate them."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from mulligan.errors import RunError

FEWEST = 1000  # pictures that are worth a process of their own
LOOK = 1.0  # seconds between two looks whether the parent is there
# Other ways to start a process would run the user's script again; on macOS, whose libraries forbid it, one writes.
CAN_FORK = sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()

Write = Callable[..., Any]


@contextmanager
def writers(pictures: int) -> Iterator[Callable[..., None]]:
    """Give what has a function called with its arguments: by one of several processes where there is much to write.

    All is written when the block ends; what one of them raises is raised at the next call, or then.
    """
    processes = min(_processors(), pictures // FEWEST)
    if processes < 2 or not CAN_FORK:
        yield lambda write, *inputs: write(*inputs)
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_follow, initargs=(os.getpid(),))
    asked: deque[Future] = deque()

    def ask(write: Write, *inputs: Any) -> None:
        while asked and asked[0].done():
            asked.popleft().result()  # an error ends the work now, and not when all is generated
        asked.append(pool.submit(write, *inputs))

    was_frozen = gc.get_freeze_count() > 0
    gc.freeze()  # or this process, looking for garbage, would copy all that it shares with the others
    try:
        yield ask
        for future in asked:
            future.result()
    except BaseException as error:
        # Or all that they were asked for already would be waited for.
        for process in list((pool._processes or {}).values()):
            process.terminate()
        if isinstance(error, BrokenProcessPool):
            advice = "ask for fewer samples at once, or try again"
            raise RunError(f"a process that writes pictures died; {advice}") from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        if not was_frozen:
            gc.unfreeze()


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # it would look through, and so copy, all that the parent has loaded

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
