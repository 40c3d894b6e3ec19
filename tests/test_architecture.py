"""The shape of the package, held by tests: who imports whom, what loads no tensor library, how long files may be."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mulligan
from mulligan import catalogue, twins

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = Path(mulligan.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]

# Leaves: anyone may import them, and they import leaves alone.
ANYONE = {"errors", "critique", "twins", "schedule", "durations", "disk", "replicas", "slope"}

# Who may import whom beside himself and the leaves, from the bottom up.
MAY_IMPORT = {
    **{leaf: set() for leaf in ANYONE},
    **{base: set() for base in ("train", "networks", "data", "codecs", "augment", "ops", "tensorfile", "kinds")},
    "objectives": {"ops"},
    "games": {"objectives", "ops"},
    "catalogue": {"kinds"},
    "recipe": {"catalogue"},
    "override": {"catalogue", "kinds", "objectives", "recipe"},
    "recipes": {"games", "objectives", "networks", "augment", "recipe"},
    "run": {"recipe", "codecs", "tensorfile"},
    "export": {"run", "recipe", "tensorfile"},
    "metrics": {"run", "recipe", "catalogue", "tensorfile"},
    "report": {"run", "recipe", "tensorfile"},
    "assemble": {
        *("train", "recipes", "games", "objectives", "networks", "augment", "data", "codecs", "metrics", "report"),
        *("run", "recipe", "override", "catalogue", "kinds", "tensorfile", "ops"),
    },
    "apps": {"assemble", "run", "recipes", "kinds", "metrics", "codecs", "games", "networks", "ops", "report"},
    "api": {"apps", "assemble", "recipes", "recipe", "override", "kinds"},
    "cli": {"api", "apps", "assemble", "report", "export", "run", "recipes", "recipe", "data", "catalogue", "metrics"},
    "keras": {"assemble", "recipe", "override", "catalogue", "networks", "codecs"},
    "__init__": {"api", "recipe"},
    "__main__": {"cli"},
}
FRAMEWORKS = {"torch": "_torch", "keras": "_keras", "tensorflow": "_keras"}

by_file = pytest.mark.parametrize("path", FILES, ids=NAMES)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The full names of all that a file imports, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def area(path: Path) -> str:
    """The part of the package that a file belongs to: its folder, or its own name without the ending of a twin."""
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for ending in twins.ENDINGS:
        name = name.removesuffix(ending)
    return name


@by_file
def test_imports_go_downwards(path):
    own, parts = area(path), {area(file) for file in FILES}
    assert own in MAY_IMPORT, f"{own} is a new part: give it a line in MAY_IMPORT"
    for name in imported(path):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        for ending in twins.ENDINGS:
            target = target.removesuffix(ending)
        if top == "mulligan" and target in parts:
            assert target in MAY_IMPORT[own] | ANYONE | {own}, f"{own} must not import {name}"


def test_the_table_has_no_circle():
    settled: set[str] = set()
    while left := [part for part in MAY_IMPORT if part not in settled]:
        ready = [part for part in left if MAY_IMPORT[part] <= settled]
        assert ready, f"{left} import each other"
        settled.update(ready)


@by_file
def test_only_twins_import_their_framework(path):
    for name in imported(path):
        ending = FRAMEWORKS.get(name.partition(".")[0])
        if ending is not None:
            alone = path.name == "keras.py" and ending == "_keras"
            assert path.stem.endswith(ending) or alone, f"{path.name} imports {name}"


def neutral_modules() -> list[str]:
    """All modules that must load without a tensor library."""
    places = [path.relative_to(PACKAGE).with_suffix("") for path in FILES]
    free = [place for place in places if not place.name.endswith(twins.ENDINGS) and place.name != "keras"]
    names = [".".join(("mulligan", *place.parts)) for place in free if place.name != "__main__"]
    return sorted(name.removesuffix(".__init__") for name in names)


def test_nothing_but_twins_loads_a_tensor_library():
    assert {"mulligan", "mulligan.cli", "mulligan.api", "mulligan.ops"} <= set(neutral_modules())
    code = f"""
import importlib, json, sys
guilty = []
for name in {neutral_modules()!r}:
    importlib.import_module(name)
    if loaded := {{"torch", "tensorflow", "keras", "jax"}} & sys.modules.keys():
        guilty.append([name, sorted(loaded)])
        break
print(json.dumps(guilty))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(answer) == []


@pytest.mark.parametrize(
    "first", ["import mulligan", "import mulligan.cli", "from mulligan import Recipe, MulliganError"]
)
def test_the_front_doors_load_nothing_that_is_slow(first):
    code = f"{first}\nimport sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "tensorflow", "keras", "sklearn", "PIL", "rich", "numpy"} & set(loaded)


@by_file
def test_files_and_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than a page"


def test_tests_are_not_longer_than_two_files():
    for path in sorted((REPOSITORY / "tests").rglob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name


@by_file
def test_what_is_public_says_what_it_is(path):
    module = tree(path)
    assert path.name == "__main__.py" or (ast.get_docstring(module) or "").strip(), "the file says nothing of itself"
    if path.stem.endswith(twins.ENDINGS) and area(path) == "ops":
        return  # said once, in ops.py
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("folder", [*catalogue.FOLDERS, "metrics", "recipes", "data", "cli"])
def test_every_member_of_a_catalogue_is_introduced_in_one_line(folder):
    for name in catalogue.listing(folder):
        first = (ast.get_docstring(tree(PACKAGE / folder / f"{name}.py")) or "").split("\n")[0]
        assert len(first) >= 10, f"{folder}/{name}.py: {first!r}"


@pytest.mark.parametrize("folder", ["networks", "augment"])
def test_every_spec_has_a_twin(folder):
    for name in catalogue.listing(folder):
        assert any((PACKAGE / folder / f"{name}{ending}.py").is_file() for ending in twins.ENDINGS), name


def text_files() -> list[Path]:
    """What the repository says, without what tools and runs leave behind."""
    kinds = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".html", ".cfg", ""}
    folders = ("src", "tests", "docs", "benchmarks", "examples", ".ci")
    inside = [path for folder in folders for path in (REPOSITORY / folder).rglob("*")]
    found = [path for path in (*REPOSITORY.iterdir(), *inside) if path.is_file() and path.suffix in kinds]
    return [path for path in found if path.name != ".git" and "__pycache__" not in path.parts]


def test_the_text_tells_of_no_machine_and_no_tracker():
    assert len(text_files()) > 100
    # Put together here, so that this file does not find itself.
    machine = re.compile("|".join(f"/{name}/" for name in ("work", "root")))
    tracker = re.compile(r"\b(issue|session|pull request) ?#?\d+\b|\(#\d+\)", re.IGNORECASE)
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (machine, tracker):
            said = pattern.search(text)
            assert not said, f"{path.relative_to(REPOSITORY)} says {said and said[0]!r}"
