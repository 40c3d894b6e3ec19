"""Options that mean the same in every command."""

import re
from collections.abc import Callable
from typing import Any

import click

from mulligan.durations import seconds

class Duration(click.ParamType):
    """Seconds, or numbers with units: 90, 10m, 1h30m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """Seconds as a float."""
        return seconds(value)


class Size(click.ParamType):
    """One number, or height x width: 64, 48x64."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[int, int]:
        """Height and width."""
        found = re.fullmatch(r"(\d+)(?:x(\d+))?", str(value))
        if not found:
            self.fail(f"{value!r} is no size; expected for instance 64 or 48x64 (height x width)", param, context)
        return int(found[1]), int(found[2] or found[1])


seed = click.option("--seed", type=click.IntRange(min=0), help="Where all random numbers come from.  [default: 0]")
device = click.option("--device", help="auto, cpu, cuda or mps.  [default: auto]")
backend = click.option("--backend", help="Framework: torch.  [default: torch]")
label = click.option("--label", help="The label to draw, by name or number.")
own_recipe = click.option("--recipe", metavar="FILE", help="Your own recipe file, for a model that was made with one.")
mark = click.option("--mark/--no-mark", default=True, help="Say in the files that they are generated.  [default: mark]")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, for a program to read.")


def out(text: str) -> Callable:
    """``--out`` with what it means here."""
    return click.option("-o", "--out", type=click.Path(), help=text)


def given(**values: Any) -> dict[str, Any]:
    """The options that were typed."""
    return {name: value for name, value in values.items() if value is not None}
