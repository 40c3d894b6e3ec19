"""The command line: one file per command, which reads options, calls the public function and prints."""

import atexit
import gc
import sys
from importlib import import_module
from pathlib import Path

import click

from mulligan import __version__
from mulligan.cli import _errors
from mulligan.errors import nearest


class Commands(click.Group):
    """Finds a command by its file; nothing but click is imported until a command runs."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The files of this folder, as one types them."""
        stems = (path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
        return sorted(stem.replace("_", "-") for stem in stems)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The ``command`` of the file of that name."""
        if name not in self.list_commands(context):
            return None
        return import_module(f"mulligan.cli.{name.replace('-', '_')}").command

    def resolve_command(self, context: click.Context, args: list[str]) -> tuple:
        """The command, or a sentence with the one that was perhaps meant."""
        if args and args[0] not in (known := self.list_commands(context)):
            hint = nearest(args[0], known) or f" There are {', '.join(known)}."
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", context)
        return super().resolve_command(context, args)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="mulligan")
@click.pass_context
def program(context: click.Context) -> None:
    """Train, judge and apply generative adversarial networks.

    \b
    First steps:
      mulligan train digits --time 1m          train on the pictures that come with it
      mulligan train photos/                   ... or on a folder of your own
      mulligan generate runs/digits-auto-1 -n 64 --out pictures/
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(args: list[str] | None = None) -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2, Ctrl-C is exit code 130."""
    if args is None:  # a process of our own, where Python looked for garbage, at the end, in all that a framework is
        atexit.register(gc.freeze)
    try:
        words = sys.argv[1:] if args is None else args
        program.main(words, prog_name="mulligan", standalone_mode=False, obj=words)
        sys.stdout.flush()
    except BrokenPipeError:
        _errors.reader_is_gone()
    except (Exception, KeyboardInterrupt) as error:
        told = _errors.told(error)
        if told is None:
            raise  # our own mistake: its trace is what a report needs
        sentence, code = told
        click.echo(f"mulligan: {sentence}", err=True)
        sys.exit(code)
