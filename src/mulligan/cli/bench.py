"""mulligan bench"""

from typing import Any

import click

from mulligan.cli import _options

FOLDER = "runs/ladder"


@click.group(short_help="Hold recipes against one another.", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Hold recipes against one another under equal conditions."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _numbers(context: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    words = [word.strip() for word in value.split(",")]
    if not all(word.isdecimal() for word in words):
        raise click.BadParameter(f"{value!r} are no rungs; expected for instance 1,2", context, param)
    return [int(word) for word in words]


@command.command(short_help="Climb the test ladder.")
@click.option("--rungs", callback=_numbers, metavar="N[,N]", help="Only these rungs.  [default: 1 to 5]")
@click.option("--recipes", metavar="NAME[,NAME]", help="Only these.  [default: those of each rung]")
@click.option("--seeds", type=click.IntRange(1, 100), help="Training seeds.  [default: 5 on rungs 1, 2; else 3]")
@click.option("--time", "seconds", type=_options.Duration(), help="CPU time of each run.  [default: that of its rung]")
@click.option("--data", metavar="FOLDER", help="Where mnist/ and fashion-mnist/ lie; rungs 3 to 5 need it.")
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Runs at once.")
@click.option("--train/--no-train", "training", default=True, help="Or make the table of what is there.")
@_options.out(f"Folder of runs and table.  [default: {FOLDER}]")
def ladder(
    rungs: list[int] | None, recipes: str | None, seeds: int | None, seconds: float | None, out: str | None,
    **options: Any,
) -> None:  # fmt: skip
    """Train every recipe on every rung over several seeds, one thread each, and write one table: OUT/ladder.md, .csv.

    \b
    rung 1  toy:ring, toy:grid     rung 2  toy:grid10      rung 3  MNIST
    rung 4  Fashion-MNIST          rung 5  Stacked MNIST

    Ctrl-C ends it with everything saved, and the same command goes on: finished runs are kept, and a run that failed
    counts as failed until its folder is removed.
    """
    from mulligan.apps.ladder import choose, climb

    names = None if recipes is None else [name.strip() for name in recipes.split(",")]
    table = climb(
        choose(rungs, names, seeds, seconds), out=out or FOLDER, tell=lambda line: click.echo(line, err=True), **options
    )
    click.echo(f"{table.read_text(encoding='utf-8')}\nlook: {table}")
