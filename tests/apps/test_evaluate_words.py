"""What one may ask of an evaluation: measures, extractors, seeds, the best model; and what a run keeps of it."""

import json
import shutil

import numpy as np
import pytest
from _tiny_runs import pictures, start

import mulligan
from mulligan.apps._progress import bars
from mulligan.errors import DataError, MulliganError, RecipeError, RunError
from mulligan.metrics import Score, measures
from mulligan.train import log

FEW = {"samples": 30, "display": "silent"}


@pytest.fixture
def gone_on(own_copy):
    """A run whose best model is an earlier one than its last."""
    shutil.copy(own_copy / "model.safetensors", own_copy / "earlier")
    mulligan.resume(own_copy, steps=40, display="silent", set="score_every_ticks=1000")
    shutil.copy(own_copy / "earlier", own_copy / "best.safetensors")  # whichever of the two its score found better
    shutil.copy(own_copy / "model.safetensors", own_copy / "last")
    return own_copy


def value(found, measure="frechet"):
    return next(score.value for score in found.scores if score.measure == measure)


def test_measures_that_need_labels_are_taken_where_model_and_data_have_them(plain_run, labelled_run):
    words = FEW | {"quick": True}
    with_labels, without = (
        {s.measure for s in mulligan.evaluate(run, **words).scores} for run in (labelled_run, plain_run)
    )
    assert "label_accuracy" in with_labels - without
    with pytest.raises(DataError, match=r"label_accuracy was asked for and cannot be measured: .* needs labels"):
        mulligan.evaluate(plain_run, **FEW, measures="label_accuracy")


def test_samples_are_held_against_the_train_split_and_held_out_ones(plain_run):
    found = mulligan.evaluate(plain_run, **FEW, measures=["memorization"])
    assert "898 held-out" in found.scores[0].protocol["near"]
    assert found.floor is None, "or held-out samples would be near to themselves"
    assert found.scores[0].protocol["real"] == "train (899)" and found.about["data"] == "digits"


def test_only_the_measures_that_were_named_are_taken_by_file_or_by_number(plain_run):
    found = mulligan.evaluate(plain_run, **FEW, measures="kernel, recall")
    assert [score.measure for score in found.scores] == ["kernel", "precision", "recall"]
    alone = mulligan.evaluate(plain_run, **FEW)
    assert value(alone, "recall") == value(found, "recall"), "whatever else is measured"
    with pytest.raises(RecipeError, match=r"no measure 'frechte'\. Did you mean 'frechet'\?"):
        mulligan.evaluate(plain_run, **FEW, measures="frechte")
    with pytest.raises(RecipeError, match=r"'path_lenght'\. Did you mean 'path_length'\?"):
        mulligan.evaluate(plain_run, **FEW, measures="path_lenght")
    with pytest.raises(RecipeError, match=r"There are .*classes_found.*precision, recall.*, path_length\."):
        mulligan.evaluate(plain_run, **FEW, measures="xyz")
    with pytest.raises(DataError, match=r"^classes_found was asked for and cannot be measured: .* class probabilities"):
        mulligan.evaluate(plain_run, **FEW, measures="frechet,classes_found", extractor="random_conv")
    with pytest.raises(DataError, match="modes of digits train are not known"):
        mulligan.evaluate(plain_run, **FEW, measures="modes")
    with pytest.raises(DataError, match=r"InceptionScore needs class probabilities.* type --extractor trained"):
        mulligan.evaluate(plain_run, **FEW, measures="inception_score", extractor="random_conv")


def test_points_are_scored_as_they_are(tmp_path):
    folder = start(tmp_path / "ring", "toy:ring", steps=2).folder
    with pytest.raises(RecipeError, match=r"^toy:ring holds points, .* as they are; leave --extractor out$"):
        mulligan.evaluate(folder, **FEW, extractor="classifier-digits")
    with pytest.raises(DataError, match=r"^ms_ssim was asked for.*points have none; of points type frechet, of toy"):
        mulligan.evaluate(folder, **FEW, measures="ms_ssim")
    found = mulligan.evaluate(folder, **FEW, measures="good_share").scores
    assert [score.measure for score in found] == ["modes_found", "good_share", "mode_variation"]


def test_each_extractor_has_a_table_of_its_own(plain_run):
    found = mulligan.evaluate(plain_run, **FEW, extractor="classifier-digits,random_conv", measures="frechet")
    assert [score.protocol["extractor"] for score in found.scores] == ["classifier-digits", "random_conv"]
    assert found.scores[0].stamp != found.scores[1].stamp and len(found.floor) == 2
    assert found.table().count("real get") == 2


def test_several_seeds_give_mean_and_deviation_with_each_seeds_number(plain_run):
    words = FEW | {"measures": "frechet"}
    values = [value(mulligan.evaluate(plain_run, **words, seed=seed)) for seed in (3, 4, 5)]
    found = mulligan.evaluate(plain_run, **words, seed=3, seeds=3)
    score = found.scores[0]
    assert score.value == pytest.approx(np.mean(values), rel=1e-12)
    assert score.details["sd over seeds"] == pytest.approx(np.std(values, ddof=1), rel=1e-12)
    assert [(one["seed"], one["value"]) for one in score.details["seeds"]] == list(zip((3, 4, 5), values, strict=True))
    # Student's 97.5 % quantile with two degrees of freedom, from any table.
    assert score.high - score.value == pytest.approx(4.303 * np.std(values, ddof=1) / np.sqrt(3), rel=1e-3)
    assert score.protocol["samples_seed"] == "3 to 5"
    with pytest.raises(RecipeError, match="0 seeds from 0 on are none"):
        mulligan.evaluate(plain_run, seeds=0)


def test_the_best_model_is_told_beside_the_last_and_measured_when_asked_for(gone_on):
    words = FEW | {"measures": "frechet"}
    found = mulligan.evaluate(gone_on, **words)
    best = mulligan.evaluate(gone_on, **words, checkpoint="best")
    assert found.best[0].value == value(best) != value(found)
    assert found.best[0].protocol["checkpoint"] == best.scores[0].protocol["checkpoint"] == "best"
    assert found.best[0].stamp != found.scores[0].stamp
    assert "best frechet" in found.table() and "after 480 images" in found.table() and best.best == []
    page = (gone_on / "report.html").read_text()
    assert "Evaluated" in page and f"{found.best[0].value:.4g}" in page


def test_where_there_is_no_best_model_that_is_said(own_copy):
    (own_copy / "best.safetensors").unlink()
    assert mulligan.evaluate(own_copy, **FEW, measures="frechet").best == []
    with pytest.raises(RunError, match="was not scored; type --checkpoint last"):
        mulligan.evaluate(own_copy, **FEW, checkpoint="best")
    with pytest.raises(RunError, match="there is no 'bset' model of a run; expected last or best"):
        mulligan.evaluate(own_copy, **FEW, checkpoint="bset")
    with pytest.raises(RunError, match="is no run folder, so it has no best model"):
        mulligan.evaluate(own_copy / "model.safetensors", **FEW, checkpoint="best")


def test_a_run_keeps_its_evaluations_with_the_nearest_training_pictures_and_shows_them(own_copy):
    found = mulligan.evaluate(own_copy, **FEW, measures="frechet,memorization")
    (kept,) = (own_copy / "evaluations").glob("*.json")
    assert json.loads(kept.read_text()) == json.loads(json.dumps(found.to_json()))
    assert kept.with_suffix(".png").is_file()
    page = (own_copy / "report.html").read_text()
    assert "classifier-digits" in page and "the training picture that each is nearest to" in page


def test_an_equal_evaluation_is_taken_from_the_run_only_where_that_is_asked_for(own_copy):
    words = FEW | {"measures": "frechet"}
    first = mulligan.evaluate(own_copy, **words)
    (kept,) = (own_copy / "evaluations").glob("*.json")
    kept.write_text(kept.read_text().replace(json.dumps(value(first)), "12345.0"))
    assert value(mulligan.evaluate(own_copy, **words, reuse=True)) == 12345
    assert value(mulligan.evaluate(own_copy, **words, seed=1, reuse=True)) != 12345, "other words"
    mulligan.resume(own_copy, steps=40, display="silent")
    assert value(mulligan.evaluate(own_copy, **words, reuse=True)) != 12345, "another model"
    kept.write_text("{")
    assert value(mulligan.evaluate(own_copy, **words, reuse=True)) != 12345, "a damaged file"


def test_a_run_that_takes_nothing_is_evaluated_all_the_same(own_copy):
    (own_copy / "evaluations").write_text("a file where a folder should be")
    found = mulligan.evaluate(own_copy, **FEW, measures="frechet")
    assert found.scores and "the evaluation is not kept in the run" in found.notices[0]
    assert found.notices[0] in found.table()


def test_json_and_back(gone_on):
    found = mulligan.evaluate(gone_on, **FEW, quick=True)
    again = type(found).from_json(json.loads(json.dumps(found.to_json() | {"of a later version": 1})))
    assert again.to_json() == found.to_json() and again.table() == found.table()


def test_bars_are_drawn_on_a_terminal_alone(capfd, monkeypatch):
    with bars() as tell:
        tell("features", 1, 2)
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with bars() as tell:
        tell("features", 1, 2)
    seen = capfd.readouterr()
    assert "features" in seen.err and "1/2" in seen.err and seen.out == ""
    with bars("silent") as tell:
        tell("features", 1, 2)
    assert capfd.readouterr().err == ""


def test_out_writes_what_was_found(mulligan, plain_run, tmp_path):
    out = tmp_path / "new" / "found.json"
    answer = mulligan("evaluate", plain_run, "-n", 20, "--measures", "frechet", "--seeds", 2, "-o", out)
    assert answer.code == 0 and "frechet" in answer.out
    assert json.loads(out.read_text())["scores"][0]["details"]["seeds"][1]["seed"] == 1


@pytest.mark.parametrize("where", [".", "nowhere/x"])
def test_an_out_that_cannot_be_written_gets_a_sentence(plain_run, tmp_path, where, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nowhere").write_text("")
    with pytest.raises(MulliganError, match="cannot be written"):
        mulligan.evaluate(plain_run, **FEW, measures="frechet").save(tmp_path / where)


def test_the_path_length_is_asked_of_the_generator_where_it_was_named(plain_run, tmp_path):
    found = mulligan.evaluate(plain_run, **FEW, measures="frechet,path_length")
    assert [score.measure for score in found.scores] == ["frechet", "path_length"]
    protocol = found.scores[1].protocol
    assert protocol["checkpoint"] == "last" and "30 of" in protocol["steps"] and len(protocol["extractor_hash"]) == 64
    alone = mulligan.evaluate(plain_run, **FEW, measures="path_length")
    assert alone.scores == found.scores[1:] and "path_length" in alone.table()
    with pytest.raises(DataError, match="pictures have none"):
        mulligan.evaluate(pictures(tmp_path / "made", 12), "digits", measures="path_length")


def test_while_a_run_trains_the_quick_measures_are_taken_and_the_deciding_one_first(labelled_run):
    quick = {number for kind in measures().values() if kind.quick for number in kind.better}
    events = [event for event in log.read(labelled_run / "log.jsonl") if event["event"] == "score"]
    for event in events:
        first, *others = event["scores"]
        assert first["measure"] == "frechet" and first["floor"]["samples"] == 64
        assert {"label_accuracy", "recall"} <= {score["measure"] for score in others} <= quick
    afterwards = mulligan.evaluate(labelled_run, samples=64, measures="frechet,recall", display="silent").scores
    in_training = {score["measure"]: score for score in events[-1]["scores"]}
    for score in afterwards:
        then = Score.from_json(in_training[score.measure])
        assert (then.value, then.stamp) == (score.value, score.stamp), "one protocol, in training and afterwards"


def test_a_run_that_does_not_say_its_data_asks_for_it(own_copy):
    resolved = json.loads((own_copy / "recipe.json").read_text())
    (own_copy / "recipe.json").write_text(json.dumps({key: resolved[key] for key in resolved if key != "data"}))
    with pytest.raises(DataError, match=r"does not say what to compare it with; name the data: .* --data DATA"):
        mulligan.evaluate(own_copy, **FEW, measures="frechet")
    assert value(mulligan.evaluate(own_copy, "digits", **FEW, measures="frechet")) > 0
