"""How many lines one reads: of the code that a recipe uses, and of a user's own in the examples."""

import ast
import inspect
import io
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mulligan
from mulligan.twins import FRAMEWORKS

_PACKAGE = Path(mulligan.__file__).parent
_EXAMPLES = _PACKAGE.parents[1] / "docs" / "examples"  # only where it runs from its repository
_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def lines_of_code(networks: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """By what it is and by framework; what only one of them has is left out."""
    homes = {Path(inspect.getfile(type(net))) for net in networks.values()}
    parts = {f"the networks ({home.stem})": home for home in sorted(homes) if home.is_relative_to(_PACKAGE)}
    parts |= {"one round of turns (step)": _PACKAGE / "train" / "step.py"} | dict(_examples())
    found = {what: _by_framework(home) for what, home in parts.items()}
    return {what: counts for what, counts in found.items() if len(counts) == len(FRAMEWORKS)}


def _examples() -> Iterator[tuple[str, Path]]:
    for first in sorted(_EXAMPLES.glob("*_torch.py")):
        name = first.stem.removesuffix("_torch")
        yield f"an example of a user's code ({name})", first.with_name(f"{name}.py")


def _by_framework(home: Path) -> dict[str, int]:
    places = {name: home.with_name(f"{home.stem}_{each.ending}.py") for name, each in FRAMEWORKS.items()}
    return {name: count(place.read_text(encoding="utf-8")) for name, place in places.items() if place.is_file()}


def count(source: str) -> int:
    """Lines that hold code: neither empty, nor comments or docstrings alone."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - set(_docstrings(ast.parse(source))))


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                assert first.end_lineno is not None
                yield from range(first.lineno, first.end_lineno + 1)
