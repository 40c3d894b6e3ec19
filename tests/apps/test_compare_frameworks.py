"""One recipe in both frameworks: real processes, each with a framework of its own, and a table of what they did."""

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mulligan import tensorfile
from mulligan.apps.compare_frameworks import compare_frameworks
from mulligan.apps.compare_frameworks._agreement import differences, largest, shown_steps
from mulligan.apps.compare_frameworks._code import count
from mulligan.apps.compare_frameworks._found import Asked, Found
from mulligan.apps.compare_frameworks._install import installed
from mulligan.apps.compare_frameworks._process import Process
from mulligan.apps.compare_frameworks._table import command
from mulligan.apps.compare_frameworks._windows import Middle, speeds
from mulligan.cli.compare_frameworks import command as command_line
from mulligan.errors import DeviceError, RecipeError, RunError

PAIR = ("torch", "tensorflow")
BATCH = 16
TINY = ("networks.generator.hidden=[16]", "networks.critic.hidden=[16]", f"batch_size={BATCH}",
        "beta2=linear(0.9,0.999,50%)")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What the command wrote for a tiny dense GAN."""
    out = tmp_path_factory.mktemp("frameworks") / "out"
    words = ["dense", "--data", "digits", "--images", str(50 * BATCH), "--samples", "50", "--out", str(out)]
    command = [sys.executable, "-m", "mulligan", "compare-frameworks", *words]
    command += [word for text in TINY for word in ("--set", text)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (out / "frameworks.md").read_text(encoding="utf-8") in done.stdout
    return out


@pytest.fixture(scope="module")
def found(folder) -> dict:
    return json.loads((folder / "frameworks.json").read_text(encoding="utf-8"))


def test_both_did_the_same(found):
    """In float64 the first steps agree to rounding; how far float32 goes apart is the processor's to say."""
    assert set(found["agreement"]) == {"float64", "float32", "float32, torch alone"}
    for precision, terms in found["agreement"].items():
        assert {"critic/real", "critic/fake", "generator/fake"} <= set(terms)
        assert all(len(steps) == 20 for steps in terms.values()), precision
    assert largest(found["agreement"]["float64"]) < 1e-9
    assert largest(found["agreement"]["float32"]) > 0, "two frameworks, not one twice"
    assert largest(found["agreement"]["float32, torch alone"]) > 0


def test_each_framework_had_a_process_of_its_own(found):
    versions = {name: found["install"][name]["roots"] for name in PAIR}
    assert [root.split()[0] for root in versions["torch"]] == ["torch"]
    assert any(root.startswith("tensorflow") for root in versions["tensorflow"])
    assert {name: found["about"][name]["framework"].split()[0] for name in PAIR} == dict(zip(PAIR, PAIR, strict=True))
    assert all(found["about"][name]["threads"] == 1 for name in PAIR)


def test_both_saw_the_images_that_were_asked_for(found, folder):
    assert found["images"] == 50 * BATCH
    assert len(found["pairs"]) >= 6 and 20 + 10 + len(found["pairs"]) * found["window_steps"] < 50
    for name in PAIR:
        assert tensorfile.read_header(folder / f"{name}.safetensors")["images"] == 50 * BATCH
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_quality_is_by_one_extractor_and_has_intervals(found):
    stamps = []
    for name in PAIR:
        first = found["scores"][name][0]
        assert first["measure"] == "frechet" and first["low"] < first["value"] < first["high"]
        stamps.append({key: first["protocol"][key] for key in ("extractor", "extractor_hash", "real_hash", "fake")})
    assert stamps[0] == stamps[1] and stamps[0]["fake"] == 50
    assert found["floor"][0]["value"] < found["scores"]["torch"][0]["value"]


def test_the_table_has_a_row_for_each_question(found, folder):
    rows = {row["what"]: row for row in found["rows"]}
    page = (folder / "frameworks.md").read_text(encoding="utf-8")
    asked = ("speed", "speed, by the time of the CPU", "time to the first step, from the start of the process")
    for what in (
        *asked,
        "peak memory of the process",
        "installed size",
        "frechet",
        "lines of code: the networks (mlp)",
    ):
        assert set(rows[what]["numbers"]) == set(PAIR) and f"| {what}" in page
        assert all(low <= value <= high for value, low, high in rows[what]["numbers"].values())
    assert page.startswith("# dense on digits: torch and tensorflow\n") and found["command"] in page
    assert all(float(row["value"]) >= 0 for row in csv.DictReader((folder / "frameworks.csv").open(encoding="utf-8"))
               if row["what"] in ("window", "speed") or row["what"].startswith("difference"))  # fmt: skip


def test_the_command_repeats_every_word_that_was_typed():
    typed = {"seconds": 90.0, "seed": 3, "settings": ("a=1", "b=2"), "samples": 50, "threads": 2, "device": "cpu"}
    said = command(Found(Asked("dense", "my digits", **typed, float64=False), "", ""))
    context = command_line.make_context("compare-frameworks", shlex.split(said)[2:])
    assert context.params["settings"] == typed.pop("settings") and context.params["float64"] is False
    assert {name: context.params[name] for name in typed} == typed
    assert (context.params["recipe"], context.params["data"]) == ("dense", "my digits")
    assert command(Found(Asked("dense", "digits"), "", "")) == "mulligan compare-frameworks dense --data digits"


def test_a_ratio_is_of_paired_windows(found):
    ratio = next(row for row in found["rows"] if row["what"] == "speed")["ratio"]
    every = sorted(first["seconds"] / second["seconds"] for first, second in found["pairs"])
    assert every[0] <= ratio[1] <= ratio[0] <= ratio[2] <= every[-1]


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Absent())
from mulligan.cli import main
main(["compare-frameworks", "dense", "--data", "digits", "--out", sys.argv[2]])
"""


@pytest.mark.parametrize("absent", ["tensorflow", "torch"])
def test_a_framework_that_is_not_installed(absent, tmp_path):
    command = [sys.executable, "-c", ABSENT, absent, str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not (tmp_path / "out").exists()
    said = f"mulligan: this compares torch and tensorflow, and {absent} is not installed; "
    assert done.stderr == f"{said}install it with: pip install 'mulligan[{absent}]'\n"


WRONG = {
    "a recipe": (("dnse", "--data", "digits"), "Did you mean 'dense'?"),
    "a number": (("dense", "--data", "digits", "--set", "lerning_rate=1"), "Did you mean 'learning_rate'?"),
    "no data": (("dense",), "Missing option '--data'"),
    "two budgets": (("dense", "--data", "digits", "--time", "5s", "--images", 9999), "type --time or --images"),
    "a folder": (("dense", "--data", "digits", "--out", "file"), "file cannot be made"),
}


@pytest.mark.parametrize("words, expected", WRONG.values(), ids=WRONG)
def test_wrong_words(refused, in_tmp, words, expected):
    (in_tmp / "file").write_text("here")
    assert expected in refused("compare-frameworks", *words)
    assert [path.name for path in in_tmp.iterdir()] == ["file"], "nothing was begun"


LATER = {
    "data": ({"data": "nowhere"}, "There is no data at 'nowhere'"),
    "too few images": ({"images": 300}, "300 images are 19 steps of this recipe"),
}


@pytest.mark.parametrize("words, expected", LATER.values(), ids=LATER)
def test_what_only_the_process_can_know(refused, in_tmp, words, expected):
    given = {"data": "digits", "set": f"batch_size={BATCH}"} | words
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    assert expected in refused("compare-frameworks", "dense", *options, "--out", "out")
    assert not list((in_tmp / "out").iterdir())


def test_a_process_that_is_gone_is_told_with_its_last_words(tmp_path):
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir(), home.mkdir()
    with Process("torch", 1, work=work, home=home) as process:
        with pytest.raises(DeviceError, match="expected auto, cpu, cuda or mps"):
            options = {"recipe": "dense", "set": [], "device": "gpu"}
            process.ask("open", framework="torch", where="digits", options=options, threads=1)
        os.kill(process._process.pid, signal.SIGKILL)
        with pytest.raises(RunError, match=r"torch ended with exit code -9 \(it said nothing\); its words are in"):
            process.ask("play", steps=1)
    assert (home / "torch.txt").is_file()


def test_a_time_and_images_are_not_both_asked_for(tmp_path):
    with pytest.raises(RecipeError, match="leave one out"):
        compare_frameworks("dense", "digits", out=tmp_path / "out", seconds=1.0, images=10_000)


def test_intervals_of_medians():
    """Of 6 values all, of 20 the 6th to the 15th: the tables of order statistics for 95 %."""
    assert Middle.of([3, 1, 2]) == (2, 1, 3)
    assert Middle.of([6, 1, 5, 2, 4, 3]) == (3.5, 1, 6)
    assert Middle.of(range(1, 21)) == (10.5, 6, 15)


def test_speeds_are_images_over_seconds():
    first, second, ratio = speeds([(1.0, 2.0), (2.0, 4.0), (1.0, 1.0)], images=100)
    assert (first.value, second.value, ratio.value) == (100.0, 50.0, 0.5)


def test_differences_are_relative_to_what_a_term_usually_is():
    found = differences([{"x": 1.0, "y": 0.0}, {"x": 1e-9, "y": 0.0}], [{"x": 1.1, "y": 0.0}, {"x": 2e-9, "y": 0.0}])
    assert found["x"] == [pytest.approx(0.1 / 1.1), pytest.approx(1e-9 / 0.5, rel=1e-6)] and found["y"] == [0.0, 0.0]
    assert shown_steps(20) == [1, 2, 5, 10, 20] and shown_steps(7) == [1, 2, 5, 7]


def test_lines_of_code_are_neither_empty_nor_comments_nor_docstrings():
    said = '"""What it does.\n\n    At length.\n    """'
    assert count(f'"""Says it."""\n\n# why\ndef f(\n    x,\n):\n    {said}\n    return x  # too\n') == 4


def test_the_size_of_an_installation_counts_what_it_needs_and_not_what_is_there_anyway():
    torch = installed("torch")
    assert torch.bytes > 10**8 and {"torch", "sympy", "mpmath"} <= set(torch.packages)
    assert not {"numpy", "mulligan", "pytest", "tensorflow-cpu"} & set(torch.packages)
