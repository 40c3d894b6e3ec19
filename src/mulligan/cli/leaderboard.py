"""mulligan leaderboard"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mulligan.cli import _options


@click.command(short_help="Keep a table of runs that can be measured again.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--add", type=_options.PLACE, metavar="RUN", help="Measure this run as all others are, and add it.")
@click.option("--check", is_flag=True, help="Measure all runs again and say what no longer holds.")
@click.option("-n", "--samples", type=click.IntRange(min=10), help="How many of each to score.  [default: 10000]")
@click.option("--extractor", metavar="NAME[,NAME]", help="Feature extractor.  [default: auto]")
@_options.measures
@_options.seed
@click.option("--seeds", type=click.IntRange(1, 100), help="Sample seeds to take the mean over.  [default: 1]")
@_options.checkpoint
@_options.own_recipe
@_options.device
@_options.backend
@_options.as_json
def command(
    file: Path,
    add: str | None,
    check: bool,
    recipe: str | None,
    device: str | None,
    backend: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Print the runs in FILE, a JSON file, as a table; the first run that is added decides how all are measured.

    A row has recipe, command, the hashes of log and model, and the scores. --check ends with exit code 1 where a number
    no longer holds.
    """
    from mulligan.apps.leaderboard import Leaderboard

    board, how = Leaderboard.open(file), _options.given(device=device, backend=backend, recipe=recipe)
    if add:
        board.add(Path(add), _options.given(**options), **how)
    changed = board.check(**how) if check else {}
    if as_json:
        click.echo(json.dumps({"rows": [asdict(row) for row in board.rows], "changed": changed}))
    elif check:
        for name, lines in changed.items():
            click.echo(f"{name}: {'; '.join(lines) or 'holds'}")
    else:
        click.echo(board.table())
    if any(changed.values()):
        sys.exit(1)
