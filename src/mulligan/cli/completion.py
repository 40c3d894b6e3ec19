"""mulligan completion"""

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def command(shell: str) -> None:
    """Print the completion script of SHELL: bash, zsh or fish. For bash: eval "$(mulligan completion bash)"."""
    from mulligan.cli import program

    completion = get_completion_class(shell)
    assert completion is not None, "click knows each of the choices"
    click.echo(completion(program, {}, "mulligan", "_MULLIGAN_COMPLETE").source())
