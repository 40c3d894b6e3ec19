"""A run in one framework never loads the other, and with TensorFlow alone installed all but what is torch's works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mulligan.errors import missing_extra

pytest.importorskip("tensorflow")

EXAMPLE = Path(__file__).resolve().parents[1] / "docs/examples/my_gan.py"
OTHERS = {"torch": {"tensorflow", "keras"}, "tensorflow": {"torch"}}
TINY = (
    *("--recipe", "dcgan", "--batch", "16", "--set", "score_samples=64", "--set", "tick_images=80"),
    *("--set", "networks.generator.width=4", "--set", "networks.critic.width=4", "--display", "silent"),
)
# Commands, one after the other, in a Python that cannot find some packages; what each said, and all that was loaded.
PROGRAM = """
import contextlib, io, json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from mulligan.cli import main

said = []
for words in {calls!r}:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
    said.append([code, out.getvalue(), err.getvalue()])
print(json.dumps([said, sorted(name for name in sys.modules if "." not in name)]))
"""


def told(folder, *calls, absent=()):
    """What each command said, and the packages that all of them loaded."""
    program = PROGRAM.format(absent=set(absent), calls=[[str(word) for word in words] for words in calls])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (0, ""), "nor does a framework talk of itself"
    said, loaded = json.loads(done.stdout.splitlines()[-1])
    return said, set(loaded)


@pytest.fixture(scope="module", autouse=True)
def cache_of_its_own(tmp_path_factory):
    before, os.environ["MULLIGAN_CACHE"] = os.environ.get("MULLIGAN_CACHE"), str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["MULLIGAN_CACHE"]
    else:
        os.environ["MULLIGAN_CACHE"] = before


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a run of each framework, trained and scored, and what the two processes loaded for that."""
    folder, loaded = tmp_path_factory.mktemp("runs"), {}
    for name in OTHERS:
        train = ("train", "digits", "--backend", name, "--steps", 5, *TINY, "--out", name)
        said, loaded[name] = told(folder, train, ("evaluate", name, "-n", 20, "--quick", "--json"))
        assert [code for code, _, _ in said] == [0, 0], said
    return folder, loaded


@pytest.mark.parametrize("name", OTHERS)
def test_a_run_loads_its_own_framework_alone(runs, name):
    loaded = runs[1][name]
    assert name in loaded and not loaded & OTHERS[name]


def test_without_torch_everything_is_done_in_tensorflow(runs):
    """No command says --backend: what is installed is taken, and the model of the torch run is at home there."""
    folder = runs[0]
    said, loaded = told(
        folder,
        ("train", "digits", "--steps", 5, *TINY, "--out", "alone"),
        ("train", "--resume", "alone", "--steps", 10, "--json"),
        ("generate", "alone", "-n", 3, "--out", "pictures"),
        ("interpolate", "alone", "-n", 2, "--frames", 2, "--out", "walk.gif"),
        ("evaluate", "alone", "-n", 40, "--json"),
        ("generate", "torch", "-n", 3, "--out", "of-torch"),
        ("check", "dense"),
        ("show", "dcgan"),
        absent=OTHERS["tensorflow"],
    )
    assert [code for code, _, _ in said] == [0] * 8, said
    assert not any(error for _, _, error in said), "not even a warning"
    assert "tensorflow" in loaded and "torch" not in loaded
    assert json.loads((folder / "alone/recipe.json").read_text())["settings"]["backend"] == "tensorflow"
    assert json.loads(said[1][1])["images"] == 10 * 16
    assert (folder / "walk.gif").read_bytes().startswith(b"GIF89a")
    scores = {score["measure"]: score for score in json.loads(said[4][1])["scores"]}
    assert scores["frechet"]["protocol"]["extractor"] == "classifier-digits" and "path_length" not in scores
    assert same_pictures(folder / "of-torch", folder), "what torch would have made of it"


def same_pictures(made: Path, folder: Path) -> bool:
    """Whether torch makes the same of its run, to one grey level."""
    import numpy as np

    import mulligan

    theirs = mulligan.load(folder / "torch", backend="torch").generate(3, seed=0)
    with np.load(made / "seed0.npz") as arrays:
        return np.abs(theirs.astype(int) - arrays["images"]).max() <= 1


@pytest.mark.parametrize(
    "words, expected",
    [
        (("generate", "tensorflow", "--backend", "torch"), str(missing_extra("torch", "torch"))),
        (("train", "--resume", "torch"), str(missing_extra("torch", "torch"))),
        (
            ("evaluate", "tensorflow", "-n", 20, "--extractor", "inception"),
            "inception has no tensorflow form; type --extractor random_conv, "
            "or install torch: pip install 'mulligan[torch]'",
        ),
        (("train", "digits", "--recipe", EXAMPLE), f"{EXAMPLE}: {missing_extra('torch', 'torch')}"),
    ],
    ids=["backend", "resume", "extractor", "own file"],
)
def test_what_needs_torch_says_so(runs, words, expected):
    ((code, _, error),), loaded = told(runs[0], words, absent=OTHERS["tensorflow"])
    assert (code, error.strip()) == (2, f"mulligan: {expected}") and "torch" not in loaded


def test_without_tensorflow_a_sentence_says_what_to_install(runs):
    calls = (("generate", "torch", "--backend", "tensorflow"), ("generate", "tensorflow", "-n", 2, "--out", "again"))
    said, loaded = told(runs[0], *calls, absent=OTHERS["torch"])
    assert said[0][0] == 2 and said[0][2].strip() == f"mulligan: {missing_extra('tensorflow', 'tensorflow')}"
    assert said[1][0] == 0 and "torch" in loaded


def test_without_any_framework_a_sentence_says_what_to_install(runs):
    ((code, _, error),), _ = told(runs[0], ("generate", "torch"), absent={"torch", "tensorflow", "keras"})
    assert code == 2 and "neither torch nor tensorflow is installed" in error
