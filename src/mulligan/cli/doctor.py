"""mulligan doctor"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Say what is wrong with a run, and what to change.")
@click.argument("run", type=_options.PLACE)
@_options.as_json
def command(run: str, as_json: bool) -> None:
    """Read the signals in the log of RUN, also while it trains, and name the illnesses that they show."""
    from mulligan.assemble.doctor import doctor

    diagnosis = doctor(Path(run))
    click.echo(json.dumps(diagnosis.to_json()) if as_json else str(diagnosis))
