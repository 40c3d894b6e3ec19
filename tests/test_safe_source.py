"""No file of the package unpickles, evaluates text, or runs a file that the user did not name."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mulligan"
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "execfile", "breakpoint"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "runpy", "yaml"}
OWN_FILE = SOURCE / "recipes" / "__init__.py"  # runs the user's own recipe file: the one exception
WEIGHTS = SOURCE / "metrics" / "extractors" / "_published_torch.py"  # reads what others published, tensors alone


def dotted(node: ast.AST) -> str:
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def offences(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found += [f"line {node.lineno}: import {n}" for n in names if n.partition(".")[0] in FORBIDDEN_MODULES]
        if isinstance(node, ast.Call):
            found += [f"line {node.lineno}: {said}" for said in call_offences(node, path)]
    return found


def call_offences(node: ast.Call, path: Path) -> list[str]:
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    found = [name] if name in FORBIDDEN_CALLS or name in ("torch.load", "torch.save", "os.system", "os.popen") else []
    if last in ("exec_module", "load_module") and path != OWN_FILE:
        found.append(name)
    if last in ("load", "loads") and name.partition(".")[0] in FORBIDDEN_MODULES:
        found.append(name)
    if name == "torch.load" and path == WEIGHTS and "weights_only=True" in map(ast.unparse, node.keywords):
        found.remove(name)
    for keyword in node.keywords:
        value = getattr(keyword.value, "value", None)
        if (keyword.arg, value) in (("weights_only", False), ("allow_pickle", True), ("shell", True)):
            found.append(f"{keyword.arg}={value}")
    return found


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_file_runs_nothing_from_data(path):
    assert offences(path) == []


@pytest.mark.parametrize(
    "text", ["import pickle", "from pickle import load", "torch.load(x)", "torch.load(x, weights_only=True)", "eval(x)",
             "np.load(f, allow_pickle=True)", "x(weights_only=False)", "loader.exec_module(m)",
             "subprocess.run(x, shell=True)"],
)  # fmt: skip
def test_the_test_would_notice(text, tmp_path):
    (tmp_path / "bad.py").write_text(text)
    assert offences(tmp_path / "bad.py")


def test_published_weights_are_read_for_their_tensors_alone():
    """The one file that may say torch.load has to say weights_only=True, to the letter."""
    for text in ("torch.load(x)", "torch.load(x, weights_only=flag)", "torch.load(x, weights_only=False)"):
        assert call_offences(ast.parse(text).body[0].value, WEIGHTS)
    assert not call_offences(ast.parse("torch.load(x, weights_only=True)").body[0].value, WEIGHTS)
