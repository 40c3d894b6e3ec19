"""From what went wrong to one sentence and an exit code."""

import errno
import os
import signal
import sys
from collections.abc import Iterable

import click

from mulligan.errors import MulliganError, is_out_of_memory, nearest

MISTAKE = 2


def told(error: BaseException) -> tuple[str, int] | None:
    """Sentence and exit code for what a user, the disk or the memory is to blame for; None for our own mistakes."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        # As a shell says of it; click wraps what it takes for Ctrl-C.
        return "stopped", 128 + getattr(error.__cause__ or error, "signal", signal.SIGINT)
    sentence = _sentence(error)
    return None if sentence is None else (" ".join(sentence.split("\n")), MISTAKE)


def _sentence(error: BaseException) -> str | None:
    if isinstance(error, MulliganError):
        return str(error)
    if isinstance(error, click.NoSuchOption):
        return f"there is no option {error.option_name}.{_nearest_option(error)}{_help(error)}"
    if isinstance(error, click.UsageError):
        return f"{error.format_message().rstrip('.')}{_help(error)}"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError):
        return _of_the_system(error)
    if is_out_of_memory(error):
        return "there is not enough memory for this; type a smaller --batch or --size"
    if isinstance(error, RecursionError):
        return "this is nested too deeply to be read; expected a file that Mulligan wrote"
    return None


def _nearest_option(error: click.NoSuchOption) -> str:
    command = error.ctx.command if error.ctx else None
    known = [name for param in getattr(command, "params", ()) for name in (*param.opts, *param.secondary_opts)]
    return nearest(error.option_name, _options_of(known))


def _options_of(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith("-")]


def _help(error: click.UsageError) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""


def _of_the_system(error: OSError) -> str:
    place = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full, no room for{place or ' a file'}; free some, or choose another one with --out"
    if isinstance(error, PermissionError):
        return f"no permission for{place or ' a file'}; give yourself the right, or choose another place with --out"
    return f"the system refused{place}: {error.strerror or error}"


def reader_is_gone() -> None:
    """Leave quietly when the reader of our output (head, less) has gone; Python would complain once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
