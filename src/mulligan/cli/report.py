"""mulligan report"""

from pathlib import Path

import click


@click.command(short_help="Write a run's page anew.")
@click.argument("run")
def command(run: str) -> None:
    """Write report.html of RUN anew, also while it trains."""
    from mulligan.report import write_report
    from mulligan.run import Run

    click.echo(f"the report is in {write_report(Run.open(Path(run)).folder)}")
