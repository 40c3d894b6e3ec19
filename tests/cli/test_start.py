"""Help is immediate: no command's help loads a tensor library or anything else that is slow."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("torch", "tensorflow", "keras", "numpy", "sklearn", "scipy", "PIL", "rich", "jinja2", "safetensors")
FILES = (Path(__file__).parents[2] / "src/mulligan/cli").glob("*.py")
COMMANDS = sorted(path.stem.replace("_", "-") for path in FILES if not path.stem.startswith("_"))
PROGRAM = """
import sys
from mulligan.cli import main
for words in {calls}:
    main(words)
print("LOADED", *sorted(name for name in sys.modules if "." not in name), sep=" ")
"""


def loaded_by(*calls: list[str]) -> tuple[set[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(calls=list(calls))], capture_output=True, text=True, check=True
    )
    said, _, modules = done.stdout.partition("LOADED ")
    return set(modules.split()), said


def test_help_of_every_command_loads_no_library():
    modules, said = loaded_by(["--help"], *([command, "--help"] for command in COMMANDS))
    assert not modules & set(SLOW)
    assert said.count("Usage: mulligan") == 1 + len(COMMANDS)


def test_version_and_bare_name_load_no_library():
    modules, said = loaded_by([], ["--version"])
    assert not modules & set(SLOW)
    assert "Commands:" in said and "version 0." in said


def test_listing_recipes_loads_no_tensor_library():
    modules, _ = loaded_by(["list"])
    assert not modules & {"torch", "tensorflow", "keras"}


def test_import_of_the_package_loads_nothing_slow():
    modules = subprocess.run(
        [sys.executable, "-c", "import mulligan, sys; dir(mulligan); print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not set(modules) & {*SLOW, "click"}


def test_python_dash_m_is_the_command():
    done = subprocess.run([sys.executable, "-m", "mulligan", "tarin"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "mulligan: there is no command 'tarin'. Did you mean 'train'? (see mulligan --help)\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_options_have_help_and_one_meaning(mulligan, command):
    text = mulligan(command, "--help").out
    for option, meaning in {"-o, --out": "", "--json": "for a program to read", "--seed": "random numbers"}.items():
        if option in text:
            assert meaning in re.sub(r"\s+", " ", text)
    for line in re.findall(r"^  (--?\S+.*)$", text, re.MULTILINE):
        assert len(line.split("  ")) > 1 or len(line) > 25, f"{command} {line} says nothing"
