"""Each app computes in the framework that was asked for, else in the one that trained the model."""

import json

import numpy as np
import pytest
from _tiny_runs import start

import mulligan
from mulligan import tensorfile, twins
from mulligan.apps.compare import compare
from mulligan.apps.leaderboard import Leaderboard
from mulligan.apps.path_length import path_length
from mulligan.assemble.judge import Judge
from mulligan.assemble.plan import Options, make_plan

pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of a run in each framework."""
    folder = tmp_path_factory.mktemp("runs")
    for name in twins.FRAMEWORKS:
        start(folder / name, backend=name)
    return folder


def test_a_model_is_opened_where_it_was_trained_unless_another_framework_is_named(runs):
    for own, other in (("torch", "tensorflow"), ("tensorflow", "torch")):
        assert mulligan.load(runs / own).backend.name == own
        opened = [mulligan.load(runs / own, backend=name) for name in (own, other)]
        assert [model.backend.name for model in opened] == [own, other]
        ours, theirs = (model.generate(20, seed=3).astype(int) for model in opened)
        assert np.abs(ours - theirs).max() <= 1 and ours.std() > 0


def test_a_model_file_of_a_version_that_did_not_say_it_was_trained_in_torch(runs, tmp_path):
    tensors, header = tensorfile.read(runs / "torch/model.safetensors")
    assert header.pop("framework") == "torch"
    tensorfile.write(tmp_path / "old.safetensors", tensors, {k: v for k, v in header.items() if k != "sha256"})
    assert mulligan.load(tmp_path / "old.safetensors").backend.name == "torch"


def test_a_run_from_a_model_is_trained_where_the_model_was(runs, tmp_path):
    start(tmp_path / "again", init=str(runs / "tensorflow"), recipe=None, steps=2)
    start(tmp_path / "other", init=str(runs / "tensorflow"), recipe=None, steps=2, backend="torch")
    for name, framework in (("again", "tensorflow"), ("other", "torch")):
        assert json.loads((tmp_path / name / "recipe.json").read_text())["settings"]["backend"] == framework


def test_numbers_of_both_frameworks_stand_in_one_table(runs):
    found = compare([runs / "torch", runs / "tensorflow"], samples=40, measures="frechet", display="silent")
    (line,) = found.lines
    assert line.extractor == "classifier-digits" and all(line.scores)


def test_a_leaderboard_measured_in_one_framework_holds_in_the_other(runs, tmp_path):
    words = {"samples": 40, "measures": "frechet", "extractor": "random_conv"}
    board = Leaderboard.open(tmp_path / "board.json")
    board.add(runs / "tensorflow", words, display="silent")
    assert board.check(backend="torch", display="silent") == {board.rows[0].run: []}


def test_the_classifier_of_a_measure_is_trained_in_the_framework_of_the_judge():
    plan = make_plan("digits", Options(recipe="dense", cache=False), "cpu")
    for name in twins.FRAMEWORKS:
        judge = Judge(plan.source, where="digits", split="train", extractor="random_conv", framework=name, cache=False)
        assert [measure.framework for measure in judge.named(["classification_accuracy"])] == [name]
    assert type(judge.extractor).__name__ == "KerasExtractor"


def test_a_path_length_is_that_of_the_other_framework(runs):
    """Its steps are far below a grey level, and floats of both are rounded on their own."""
    found = [path_length(mulligan.load(runs / "torch", backend=name), pairs=64) for name in twins.FRAMEWORKS]
    assert found[0].protocol == found[1].protocol and found[0].protocol["extractor"] == "random_conv"
    assert found[1].value == pytest.approx(found[0].value, rel=0.02) and found[0].value > 0
