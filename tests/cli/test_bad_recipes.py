"""Recipe files of a user's own that cannot be used: one sentence that names the file and the line."""

import pytest

TRAIN = ("train", "digits", "--steps", "2", "--display", "silent", "--recipe")
PAINT = "recipe = replace(base, networks={**base.networks, 'generator': paint})\n"
SHAPE = """from torch import nn
class paint(nn.Module):
    def __init__(self, facts):
        super().__init__()
        self.line = nn.Linear(facts.latent, 3)
    def forward(self, z, label=None):
        return self.line(z)
"""
BASE = """from dataclasses import dataclass, replace
from mulligan.recipes.dcgan import recipe as base
"""

FILES = {
    "a syntax error": (BASE + "recipe = (\n", "bad.py line 3: SyntaxError: '(' was never closed"),
    "an error": (BASE + "\nrecipe = 1 / 0\n", "bad.py line 4: ZeroDivisionError: division by zero"),
    "an import that fails": ("import missing_thing\n", "bad.py line 1: ModuleNotFoundError"),
    "an exit": ("import sys\nsys.exit(3)\n", "bad.py line 2: SystemExit"),
    "no recipe": ("x = 1\n", "bad.py has no recipe; expected a line recipe = Recipe(game=..., networks={...})"),
    "another recipe": ("recipe = 'dcgan'\n", "bad.py has no recipe"),
    "a wrong number": (BASE + "recipe = replace(base, batch_size=0)\n", "batch_size is 0"),
    "a wrong field": (BASE + "recipe = replace(base, batch=3)\n", "bad.py line 3: TypeError"),
    "a lambda": (
        BASE + "recipe = replace(base, networks={**base.networks, 'generator': lambda facts: None})\n",
        "does not define '<lambda>' at its top level",
    ),
    "a value that JSON has not": (
        BASE
        + "import functools\nrecipe = replace(base, networks={**base.networks, 'critic': functools.partial(print)})\n",
        "cannot be written down",
    ),
    "a network that fails": (
        BASE + "def paint(facts):\n    return undefined\n" + PAINT,
        "bad.py line 4: NameError",
    ),
    "a network that is none": (
        BASE + "def paint(facts):\n    return 3\n" + PAINT,
        "is a builtins.int, which PyTorch cannot train",
    ),
    "a network of another shape": (BASE + SHAPE + PAINT, "mend it and type: mulligan check bad.py"),
}


@pytest.mark.parametrize("text, expected", FILES.values(), ids=FILES)
def test_bad_file(refused, in_tmp, text, expected):
    (in_tmp / "bad.py").write_text(text)
    assert expected in refused(*TRAIN, "bad.py")


@pytest.mark.parametrize("command", ["check", "show"])
def test_other_commands_say_it_too(refused, in_tmp, command):
    (in_tmp / "bad.py").write_text("recipe = (")
    assert "bad.py line 1: SyntaxError" in refused(command, "bad.py")


def test_check_names_the_wrong_shape(refused, in_tmp):
    (in_tmp / "bad.py").write_text(FILES["a network of another shape"][0])
    assert "makes samples of shape (8, 3); expected (8, 32, 32, 1)" in refused("check", "bad.py")


def test_files_that_cannot_be_read(refused, in_tmp):
    assert "there is no recipe file missing.py" in refused(*TRAIN, "missing.py")
    (in_tmp / "binary.py").write_bytes(b"\xff\xfe\x00\x01")
    assert "binary.py: SyntaxError" in refused(*TRAIN, "binary.py")


def test_an_edit_within_a_second_is_seen(refused, in_tmp):
    (in_tmp / "bad.py").write_text("recipe = 11111\n")
    assert "has no recipe" in refused(*TRAIN, "bad.py")
    (in_tmp / "bad.py").write_text("recipe = 1 / 0\n")
    assert "ZeroDivisionError" in refused(*TRAIN, "bad.py")
    assert not (in_tmp / "__pycache__").exists()
