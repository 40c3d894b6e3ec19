"""How far an evaluation is: bars on a terminal's standard error, nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from mulligan.assemble.judge import Progress


@contextmanager
def bars(display: str = "auto") -> Iterator[Progress]:
    """A function of (what, done, total) that draws a bar for each ``what``; they are gone when the work is done."""
    from rich.console import Console

    console = Console(stderr=True)
    if display == "silent" or not console.is_terminal or console.is_dumb_terminal:
        yield lambda what, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True) as shown:
        tasks = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done, total=total)

        yield tell
