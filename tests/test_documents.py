"""The documents say what the code says."""

import re
from pathlib import Path

import click
import pytest

from mulligan import catalogue, recipes
from mulligan.cli import program

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks" / "README.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", BENCHMARKS, *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page):
    """Pictures and pages that are linked exist."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_a_gap_that_was_to_be_filled(page):
    """Numbers and tables are there, not the names that stood for them."""
    assert not re.findall(r"\b[A-Z]+_(?:TABLE|TIME|HERE)\b|TODO|FIXME", page.read_text(encoding="utf-8"))


def test_contributing_shows_the_example_to_the_letter():
    """What a reader copies from the page is the file that the tests train with."""
    example = (ROOT / "docs" / "examples" / "my_gan.py").read_text(encoding="utf-8")
    assert example in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_recipe_stands_on_its_page():
    """A new recipe is found by a reader too."""
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert not [name for name in recipes.names() if f"| `{name}` |" not in page]


def test_every_measure_stands_on_its_page():
    """Each number that a measure returns is explained."""
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    kinds = [kind for file in catalogue.listing("metrics") for kind in catalogue.parts("metrics", file).values()]
    assert not [name for kind in kinds for name in kind.better if f"`{name}`" not in page]


def test_every_benchmark_stands_on_its_page():
    """What it measures, and how one starts it."""
    scripts = {path.name for path in BENCHMARKS.parent.glob("[!_]*.py")}
    assert set(re.findall(r"^\| `(\w+\.py)` \|", BENCHMARKS.read_text(encoding="utf-8"), re.MULTILINE)) == scripts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_is_one_that_there_is(page):
    """With options of these names."""
    context = click.Context(program)
    for line in re.findall(r"(?:^|[`$] ?)mulligan ([a-z][^`#\n]*)", page.read_text(encoding="utf-8"), re.MULTILINE):
        name, *words = line.split()
        command = program.get_command(context, name)
        assert command, line
        if isinstance(command, click.Group):
            command = command.get_command(context, words[0])
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert not [word for word in words if re.match("--?[a-z]", word) and word not in known], line
