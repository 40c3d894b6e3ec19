"""Augmentation that follows the critic's over-fitting."""

import _tiny_runs as tiny
import pytest

from mulligan.assemble.steering import Steering, overfitting
from mulligan.errors import RecipeError
from mulligan.recipes import get
from mulligan.schedule import Adaptive
from mulligan.train import log

ADAPTIVE = Adaptive(0.0, 0.8, images=1000)
WORDS = ("tick_images=16", "critic_learning_rate=1e-2", "augment=diffaug", "augment_probability=adaptive(0,0.8,160)")


def test_it_rises_by_its_share_of_the_length_and_stays_between_its_ends():
    assert ADAPTIVE.steered(0.0, 0.9, 100) == pytest.approx(0.08)
    assert ADAPTIVE.steered(0.4, 0.1, 100) == pytest.approx(0.32)
    assert ADAPTIVE.steered(0.79, 0.9, 100) == 0.8 and ADAPTIVE.steered(0.01, 0.1, 100) == 0.0


def test_held_out_reals_decide_where_there_are_some():
    assert overfitting({"critic/overfitting": 0.2, "critic/accuracy": 1.0}) == 0.2
    assert overfitting({"critic/accuracy": 0.9}) == pytest.approx(0.8)
    assert overfitting({}) == 0


def test_a_run_steers_logs_and_resumes_it_exactly(tmp_path):
    folder = tiny.pictures(tmp_path / "photos", 12)
    start = {"where": folder, "steps": 20, "set": WORDS, "recipe": "dense"}
    whole = tiny.start(tmp_path / "whole", **start).folder
    strengths = [
        event["numbers"]["augment_probability"] for event in log.read(whole / "log.jsonl") if event["event"] == "tick"
    ]
    assert strengths[0] == 0 and len(set(strengths)) > 1
    with tiny.signal_after(25):
        tiny.start(tmp_path / "cut", **start)
    tiny.go_on(tmp_path / "cut")
    assert tiny.state(tmp_path / "cut") == tiny.state(whole)
    assert tiny.history(tmp_path / "cut") == tiny.history(whole)


def test_nothing_else_can_be_steered_and_nothing_without_augmentation(tmp_path):
    with pytest.raises(RecipeError, match="learning_rate cannot be adaptive"):
        tiny.start(tmp_path / "a", set=("learning_rate=adaptive(0,1,100)",))
    with pytest.raises(RecipeError, match="nothing to steer; type --set augment=diffaug"):
        tiny.start(tmp_path / "b", set=("augment_probability=adaptive(0,1,100)",))


@pytest.mark.parametrize("wrong", [{"start": 0.8, "end": 0.2}, {"target": 1.5}, {"target": "abc"}])
def test_what_cannot_be_steered_to_is_refused(wrong):
    with pytest.raises(RecipeError, match="expected"):
        Adaptive(**{"start": 0.0, "end": 0.8, "images": 100} | wrong)


def test_a_recipe_without_it_has_nothing_to_keep():
    assert Steering.of(get("dcgan"), {}).strength is None
    assert Steering.of(get("dcgan"), {}).numbers() == {}
