"""mulligan train"""

import json

import click

from mulligan.cli import _options


@click.command(short_help="Train a GAN on data, or go on with a run.")
@click.argument("data", nargs=-1)
@click.option("--recipe", metavar="NAME_OR_FILE", help="A published recipe, or your own .py file.  [default: auto]")
@click.option("--resume", metavar="RUN", help="Go on with this run, exactly where it stopped.")
@_options.out("Run folder.  [default: runs/DATA-RECIPE-N]")
@_options.seed
@click.option("--steps", type=int, help="Budget in rounds of turns.")
@click.option("--images", type=int, help="Budget in images shown to the critic.")
@click.option("--epochs", type=float, help="Budget in passes over the data.")
@click.option("--time", "seconds", type=_options.Duration(), help="Budget in time, for instance 10m.")
@click.option("--batch", type=int, help="Batch size.")
@click.option("--size", type=_options.Size(), help="Size of the pictures, for instance 64 or 48x64 (height x width).")
@click.option("--fit", help="How pictures come to that size: crop, pad or stretch.  [default: crop]")
@click.option("--channels", type=int, help="1 (grey), 3 (RGB) or 4 (RGBA).  [default: as found]")
@click.option("--background", help="What shows through where pictures are transparent.  [default: white]")
@click.option("--labels/--no-labels", default=None, help="Train with the data's labels.  [default: as the recipe says]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any number of the recipe by its dotted name.")
@click.option("--init", metavar="MODEL", help="Start from a trained model or run.")
@click.option("--freeze-layers", type=int, help="With --init: keep the first so many layers of the critic.")
@click.option("--patience", type=int, help="Stop after so many scores without a better one.")
@click.option("--workers", type=int, help="Processes that read large data.  [default: 2]")
@click.option("--cache/--no-cache", default=None, help="Keep decoded pictures for the next start.  [default: cache]")
@_options.device
@_options.backend
@click.option("--display", type=click.Choice(["auto", "live", "plain", "silent"]), default="auto", help="What to show.")
@_options.as_json
def command(data: tuple[str, ...], resume: str | None, out: str | None, display: str, as_json: bool, **options: object) -> None:
    """Train on DATA: digits, toy:ring, toy:grid, a folder or archive of pictures, idx, CIFAR, npz or parquet files."""
    from mulligan.api import resume as resume_run
    from mulligan.api import train

    display = "silent" if as_json else display
    chosen = _options.given(**options)
    chosen["set"] = chosen.pop("settings", ())
    chosen["time"] = chosen.pop("seconds", None)
    if resume:
        result = resume_run(resume, data=data[0] if data else None, display=display, **chosen)
    elif len(data) == 1:
        result = train(data[0], out=out, display=display, **chosen)
    else:
        said = "no data was named" if not data else f"{len(data)} data sets were named and this recipe takes one"
        raise click.UsageError(f"{said}; type for instance: mulligan train digits")
    click.echo(json.dumps(result.to_json()) if as_json else result.summary())
