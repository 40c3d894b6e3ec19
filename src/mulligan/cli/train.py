"""mulligan train"""

import json
import sys

import click

from mulligan.cli import _options


@click.command(short_help="Train a GAN on data, or go on with a run.")
@click.argument("data", nargs=-1, type=_options.DATA)
@click.option(
    "--recipe",
    type=_options.RECIPE,
    metavar="NAME_OR_FILE",
    help="A published one, or a .py file of yours.  [default: auto]",
)
@click.option("--resume", type=_options.PLACE, metavar="RUN", help="Go on with this run, exactly where it stopped.")
@_options.out("Run folder.  [default: runs/DATA-RECIPE-N]")
@_options.seed
@click.option("--steps", type=int, help="Budget in rounds of turns; of several budgets the first to end counts.")
@click.option("--images", type=int, help="Budget in images shown to the critic.")
@click.option("--epochs", type=float, help="Budget in passes over the data.")
@click.option("--time", type=_options.Duration(), help="Budget in time, for instance 10m, all sittings together.")
@click.option(
    "--clock", type=click.Choice(["wall", "cpu"]), help="Whose time: the wall's or this process's.  [default: wall]"
)
@click.option("--batch", type=click.IntRange(1, 2**20), help="Batch size.")
@click.option("--size", type=_options.Size(), help="Size of the pictures, for instance 64 or 48x64 (height x width).")
@click.option("--fit", help="How pictures come to that size: crop, pad or stretch.  [default: crop]")
@click.option("--channels", type=int, help="1 (grey), 3 (RGB) or 4 (RGBA).  [default: as found]")
@click.option("--background", help="What shows through where pictures are transparent.  [default: white]")
@click.option("--labels/--no-labels", default=None, help="Train with the data's labels.  [default: as the recipe says]")
@_options.settings
@click.option("--init", type=_options.PLACE, metavar="MODEL", help="Start from a trained model or run.")
@click.option(
    "--freeze-layers", type=click.IntRange(min=0), help="With --init: keep the first so many layers of the critic."
)
@click.option("--patience", type=click.IntRange(min=1), help="Stop after so many scores without a better one.")
@click.option(
    "--watch",
    type=click.Choice(["warn", "act", "off"]),
    help="On illnesses of the run: name them, go back and change what helps, or nothing.  [default: warn]",
)
@click.option("--mulligans", type=click.IntRange(0, 100), help="How often the watch may go back.  [default: 3]")
@click.option("--workers", type=click.IntRange(0, 64), help="Processes that read large data.  [default: 2]")
@click.option("--cache/--no-cache", default=None, help="Keep decoded pictures for the next start.  [default: cache]")
@click.option(
    "--fit-memory", is_flag=True, default=None, help="Take each batch in as many parts as fit into the memory."
)
@click.option("--processes", type=click.IntRange(1, 1024), help="Processes on this machine that share each batch.")
@_options.device
@_options.backend
@click.option("--display", type=click.Choice(["auto", "live", "plain", "silent"]), default="auto", help="What to show.")
@_options.as_json
def command(
    data: tuple[str, ...], resume: str | None, processes: int | None, display: str, as_json: bool, **options: object
) -> None:
    """Train on DATA: digits, toy:ring, toy:grid, a folder or archive of pictures, idx, CIFAR, npz or parquet files.

    Ctrl-C and SIGTERM end a run after the step in hand, with everything saved; the exit code is then 130 or 143. A
    score that is being taken is broken off, and made up for by --resume.
    """
    from mulligan.assemble import launch

    words = _options.given(**options) | {"display": "silent" if as_json else display}
    words["set"] = words.pop("settings")
    if len(data) > 1 or not (data or resume):
        said = "no data was named" if not data else f"{len(data)} data sets were named and this recipe takes one"
        raise click.UsageError(f"{said}; type for instance: mulligan train digits")
    if resume and "out" in words:
        raise click.UsageError("a run goes on in its own folder; leave --out or --resume out")
    if launch.wanted(processes):
        sys.exit(launch.launch(click.get_current_context().obj, processes or 1))
    from mulligan import api

    if resume:
        result = api.resume(resume, data=data[0] if data else None, **words)
    else:
        result = api.train(data[0], **words)
    if launch.leads():
        click.echo(json.dumps(result.to_json()) if as_json else result.summary())
    if result.signal:
        sys.exit(128 + result.signal)  # as a shell says of a process that a signal ended
