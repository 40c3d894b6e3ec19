"""Options that mean the same in every command."""

import re
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from mulligan.durations import seconds

LARGEST_SEED = 2**63 - 1


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
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,6})(?:x(\d{1,6}))?", str(value))
        if not found:
            self.fail(f"{value!r} is no size; expected for instance 64 or 48x64 (height x width)", param, context)
        return int(found[1]), int(found[2] or found[1])


class Named(click.ParamType):
    """Some names, or a file: text that the shell completes to either."""

    name = "text"

    def __init__(self, names: Callable[[], list[str]]) -> None:
        self.names = names

    def shell_complete(self, context: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin so; the shell adds files."""
        found = [CompletionItem(name) for name in self.names() if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


def _recipe_names() -> list[str]:
    from mulligan import recipes

    return recipes.names()


def _data_names() -> list[str]:
    from mulligan.data._recognize import BUILT_IN

    return list(BUILT_IN)


RECIPE = Named(_recipe_names)
DATA = Named(_data_names)
PLACE = Named(list)  # a run folder, a model file, pictures

seed = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), help="Where all random numbers come from.  [default: 0]"
)
device = click.option("--device", help="auto, cpu, cuda or mps.  [default: auto]")
backend = click.option("--backend", help="torch or tensorflow.  [default: the model's own, or what is installed]")
label = click.option("--label", help="The label to draw, by name or number.  [default: any]")
own_recipe = click.option(
    "--recipe", type=RECIPE, metavar="FILE", help="Your own file, for a model that was made with one."
)
mark = click.option("--mark/--no-mark", default=True, help="Say in the files that they are generated.  [default: mark]")
settings = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any number or part by its dotted name."
)
extractor = click.option(
    "--extractor",
    default="auto",
    show_default=True,
    metavar="NAME[,NAME]",
    help="Feature extractor; a table for each of several.",
)
measures = click.option("--measures", metavar="NAME[,NAME]", help="Take only these measures.  [default: all]")
checkpoint = click.option(
    "--checkpoint", type=click.Choice(["last", "best"]), help="Which model of a run.  [default: last]"
)
quick = click.option("--quick", is_flag=True, help="Take only the measures that are taken while a run trains.")
seeds = click.option(
    "--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="Sample seeds to take the mean over."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, for a program to read.")


def samples(default: int, text: str, at_least: int = 1) -> Callable:
    """``-n``: how many samples."""
    return click.option(
        "-n", "--samples", type=click.IntRange(min=at_least), default=default, show_default=True, help=text
    )


def out(text: str) -> Callable:
    """``--out`` with what it means here."""
    return click.option("-o", "--out", type=click.Path(), help=text)


def given(**values: Any) -> dict[str, Any]:
    """The options that were typed."""
    return {name: value for name, value in values.items() if value is not None}
