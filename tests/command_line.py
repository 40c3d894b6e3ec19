"""What tests of the command line share: calling it in this process, and small real runs that are trained once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mulligan.cli import main

TINY = (
    *("train", "digits", "--recipe", "dcgan", "--steps", "30", "--batch", "16", "--set", "score_samples=64"),
    *("--set", "networks.generator.width=4", "--set", "networks.critic.width=4", "--set", "tick_images=240"),
)
_RUNS: dict[str, Path] = {}


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def cache_of_its_own(tmp_path_factory):
    os.environ["MULLIGAN_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def mulligan(capsys) -> Callable[..., Answer]:
    """``mulligan("list", "--json")`` as from a shell."""

    def call(*words: object) -> Answer:
        capsys.readouterr()
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        return Answer(code, *capsys.readouterr())

    return call


@pytest.fixture
def refused(mulligan) -> Callable[..., str]:
    """The one sentence with which a command is refused."""

    def call(*words: object) -> str:
        answer = mulligan(*words)
        assert answer.code == 2, answer
        # A machine that is busy tells of its reading before.
        sentence = "".join(line for line in answer.err.splitlines(True) if not line.startswith("reading "))
        check_sentence(sentence)
        return sentence

    return call


def check_sentence(err: str) -> None:
    *before, last = err.splitlines()
    assert last.startswith("mulligan: ") and err.endswith("\n"), err
    assert all(line.startswith("reading ") for line in before), err  # on a busy machine that takes long, and is told
    assert "Traceback" not in err and len(err) > 30, err


@pytest.fixture(scope="session")
def plain_run(tmp_path_factory) -> Path:
    """A finished run without labels; not to be changed."""
    return _trained("plain", tmp_path_factory, *TINY)


@pytest.fixture(scope="session")
def labelled_run(tmp_path_factory) -> Path:
    """A finished run with labels; not to be changed."""
    return _trained("labelled", tmp_path_factory, *TINY, "--labels")


def _trained(name: str, tmp_path_factory, *words: str) -> Path:
    if name not in _RUNS:  # a fixture that two folders share is made in each of them
        _RUNS[name] = tmp_path_factory.mktemp("runs") / name
        main([*words, "--out", str(_RUNS[name]), "--display", "silent"])
    return _RUNS[name]


@pytest.fixture
def own_copy(plain_run, tmp_path) -> Path:
    """A copy of the plain run to change, without what other tests found of it."""
    return Path(shutil.copytree(plain_run, tmp_path / "copy", ignore=shutil.ignore_patterns("evaluations")))


@pytest.fixture
def in_tmp(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path
