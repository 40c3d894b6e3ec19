"""mulligan report"""

import json
from pathlib import Path

import click

from mulligan.cli import _options


@click.command(short_help="Write a run's page anew.")
@click.argument("run", type=_options.PLACE)
@_options.as_json
def command(run: str, as_json: bool) -> None:
    """Write report.html of RUN anew, also while it trains."""
    from mulligan.report import write_report
    from mulligan.run import Run

    file = write_report(Run.open(Path(run)).folder)
    click.echo(json.dumps(str(file)) if as_json else f"the report is in {file}")
