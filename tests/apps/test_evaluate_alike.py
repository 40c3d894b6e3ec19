"""What makes two numbers alike: the pictures on both sides and the held-out ones, and not what a folder is called."""

import shutil

import pytest
from _tiny_runs import pictures, start

import mulligan
from mulligan.apps.compare import lines
from mulligan.errors import DataError, RecipeError, RunError

FEW = {"samples": 30, "display": "silent"}


@pytest.fixture
def data(tmp_path):
    """Folders of pictures: a data set with a test split, and others to be scored."""
    for name, count in (("data/train", 50), ("data/test", 20), ("made", 20)):
        pictures(tmp_path / name, count)
    return tmp_path / "data"


@pytest.fixture
def run(data, tmp_path):
    """A run that was trained on them."""
    return start(tmp_path / "run", data, steps=3, set=("score_samples=20",)).folder


def classes(folder, *names):
    """A folder of pictures in classes."""
    for split in ("train", "test"):
        for name in names:
            pictures(folder / split / name, 20)
    return folder


def test_an_evaluation_is_made_anew_when_the_held_out_pictures_are_others(run, data):
    words = FEW | {"measures": "frechet,memorization"}
    first = mulligan.evaluate(run, **words)
    assert mulligan.evaluate(run, **words, reuse=True).floor == first.floor
    pictures(data / "test", 20, size=9)
    again = mulligan.evaluate(run, **words, reuse=True)
    (frechet, copies), (new_frechet, new_copies) = first.scores, again.scores
    assert frechet.stamp == new_frechet.stamp, "which looks at no held-out pictures"
    assert copies.stamp != new_copies.stamp
    assert copies.protocol["held_out_hash"] != new_copies.protocol["held_out_hash"]
    assert first.floor[0].stamp != again.floor[0].stamp, "those real samples are others"


def test_equal_data_in_a_folder_of_another_name_is_measured_alike(data, tmp_path):
    other = shutil.copytree(data, tmp_path / "renamed")
    first, second = (mulligan.evaluate(tmp_path / "made", place, measures="frechet") for place in (data, other))
    assert first.scores[0].stamp == second.scores[0].stamp and first.scores == second.scores
    assert len(lines(["first", "second"], [first, second])) == 1
    assert first.scores[0].protocol["real"] == "train (50)"
    assert "renamed" in second.table() and "renamed" not in first.table(), "the name is shown all the same"


def test_copies_are_looked_for_among_the_training_samples_of_a_model_and_nowhere_else(run, data, tmp_path):
    assert "memorization" in {score.measure for score in mulligan.evaluate(run, **FEW).scores}
    found = mulligan.evaluate(run, **FEW, split="test")
    assert "memorization" not in {score.measure for score in found.scores}
    assert "was not trained on these real samples" in found.left_out["memorization"]
    other = pictures(tmp_path / "other", 60)
    (other / "0000.png").unlink()
    with pytest.raises(DataError, match=r"memorization was asked for .* was not trained on these real samples"):
        mulligan.evaluate(run, other, **FEW, measures="memorization")
    given = mulligan.evaluate(tmp_path / "made", data, split="test", measures="memorization").scores[0]
    assert "real samples are to one another" in given.protocol["near"]


def test_labels_are_held_against_a_classifier_of_the_same_classes_alone(tmp_path):
    data, made = classes(tmp_path / "data", "three", "seven"), classes(tmp_path / "made", "three", "seven") / "train"
    found = mulligan.evaluate(made, data, extractor="classifier-digits")
    measured = {score.measure for score in found.scores}
    assert "label_accuracy" not in measured and "label_frechet" in measured, "which asks no classifier"
    assert "classifier-digits knows other classes" in found.left_out["label_accuracy"]
    data, made = classes(tmp_path / "digits", *"0123456789"), classes(tmp_path / "of", *"0123456789") / "train"
    assert mulligan.evaluate(made, data, extractor="classifier-digits", measures="label_accuracy").scores


def test_pictures_are_the_same_for_every_seed(data, tmp_path):
    with pytest.raises(RecipeError, match="is samples, the same ones for every seed; leave --seeds out"):
        mulligan.evaluate(tmp_path / "made", data, seeds=2)


@pytest.mark.parametrize("words", [{}, {"data": "digits"}], ids=["alone", "with data"])
def test_a_place_with_nothing_in_it_is_told_to_be_empty(tmp_path, words):
    with pytest.raises(
        RunError, match=r"there is nothing at .*none; expected a run folder, a model file, pictures or points"
    ):
        mulligan.evaluate(tmp_path / "none", **words)


def test_a_measure_that_says_nothing_of_so_few_samples_is_told(data, tmp_path):
    words = {"extractor": "classifier-digits", "display": "silent"}
    found = mulligan.evaluate(tmp_path / "made", data, **words)
    assert "20 real samples of a class" in found.left_out["label_shares"]
    with pytest.raises(DataError, match=r"label_shares was asked for and cannot be measured: .* 20 real samples"):
        mulligan.evaluate(tmp_path / "made", data, **words, measures="label_shares")


def test_the_best_of_one_seed_is_marked_below_the_mean_of_several(own_copy):
    shutil.copy(own_copy / "model.safetensors", own_copy / "earlier")
    mulligan.resume(own_copy, steps=40, display="silent", set="score_every_ticks=1000")
    shutil.copy(own_copy / "earlier", own_copy / "best.safetensors")  # whichever of the two its score found better
    words = FEW | {"measures": "frechet"}
    assert "of seed 3 alone" in mulligan.evaluate(own_copy, **words, seed=3, seeds=2).table()
    assert "alone" not in mulligan.evaluate(own_copy, **words, seed=3).table()
