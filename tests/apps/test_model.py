"""What one does with a trained model in Python: the same samples however they are asked for, labels, names."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from _tiny_runs import pictures, start

import mulligan
from mulligan.api import load
from mulligan.apps.generate import generate
from mulligan.apps.interpolate import interpolate
from mulligan.errors import MulliganError, RecipeError


@pytest.fixture(scope="module")
def plain(plain_run):
    return mulligan.load(plain_run)


@pytest.fixture(scope="module")
def labelled(labelled_run):
    return mulligan.load(labelled_run)


def test_sample_i_is_the_same_however_many_are_asked_for(plain):
    many = plain.generate(600, seed=3)
    assert (plain.generate(5, seed=3, start=300) == many[300:305]).all()
    assert (plain.generate(1, seed=3) == many[:1]).all()
    assert (plain.generate(1, seed=4) != many[:1]).any()


def test_labels_by_name_number_and_share(labelled):
    assert labelled.class_names == tuple("0123456789")
    assert labelled.label_index("3") == labelled.label_index(3) == 3
    _, labels = labelled.inputs(2000)
    assert np.abs(np.bincount(labels, minlength=10) / 2000 - 0.1).max() < 0.04, "the shares of the data"
    assert (labelled.generate(4, label=3) != labelled.generate(4, label=5)).any()


@pytest.mark.parametrize(
    "words", [{"samples": 0}, {"samples": -1}, {"samples": 1, "seed": -1}, {"samples": 1, "start": -1}]
)
def test_samples_that_cannot_be(plain, words):
    with pytest.raises(RecipeError, match="expected 1 or more"):
        plain.generate(**words)


def test_name_of_a_run_of_its_best_model_and_of_a_file(plain_run, tmp_path, monkeypatch):
    assert mulligan.load(plain_run / "best.safetensors").name == mulligan.load(plain_run).name == "plain"
    assert (
        mulligan.load(shutil.copy(plain_run / "model.safetensors", tmp_path / "digits-2.safetensors")).name
        == "digits-2"
    )
    monkeypatch.chdir(plain_run)
    assert mulligan.load("model.safetensors").name == "plain"


def test_a_model_file_needs_nothing_beside_it(plain_run, plain, tmp_path):
    alone = mulligan.load(shutil.copy(plain_run / "model.safetensors", tmp_path / "alone.safetensors"))
    assert (alone.generate(3, seed=1) == plain.generate(3, seed=1)).all()


def test_generate_in_chunks_is_generate_at_once(plain, tmp_path):
    grid, arrays, *files = generate(plain, 520, tmp_path, seed=2)
    assert len(files) == 520 and grid.name == "grid.png"
    with np.load(arrays) as found:
        assert (found["images"] == plain.generate(520, seed=2)).all()


def test_a_walk_begins_at_the_first_sample(plain, labelled, tmp_path):
    from PIL import Image

    file = interpolate(plain, tmp_path / "walk.gif", samples=2, frames=4, seed=5)
    with Image.open(file) as film:
        assert film.n_frames == 8, "a film runs in a loop"
        shown = np.asarray(film.convert("L").resize((8, 8), Image.Resampling.NEAREST))
    assert np.abs(shown.astype(int) - plain.generate(1, seed=5)[0, ..., 0]).max() <= 2
    interpolate(labelled, tmp_path / "kept.png", samples=2, frames=2, label="4")


@pytest.mark.parametrize("words", [{"samples": 1}, {"frames": 0}])
def test_walks_that_are_none(plain, tmp_path, words):
    with pytest.raises(RecipeError, match="are no walk"):
        interpolate(plain, tmp_path / "walk.gif", **words)


def test_points_are_generated_scored_and_not_walked(tmp_path):
    result = mulligan.train(
        "toy:ring", steps=3, batch=32, out=tmp_path / "ring", display="silent", set="score_samples=100"
    )
    model = mulligan.load(result.folder)
    grid, arrays = generate(model, 50, tmp_path / "points")
    assert np.load(arrays)["images"].shape == (50, 2) and grid.is_file()
    assert "modes" in mulligan.evaluate(result.folder, samples=100).table()
    with pytest.raises(MulliganError, match="needs classes, and points have none; of points type frechet"):
        mulligan.evaluate(result.folder, samples=100, measures="inception_score")
    with pytest.raises(MulliganError, match="makes points, not pictures"):
        interpolate(model, tmp_path / "walk.gif")


def test_the_grid_among_generated_pictures_is_no_sample(plain, plain_run, tmp_path):
    generate(plain, 40, tmp_path / "made")
    whole, samples = (
        mulligan.evaluate(tmp_path / where, data="digits", measures="frechet").to_json()
        for where in ("made", "made/samples")
    )
    assert whole["scores"] == samples["scores"] and "'fake': 40" in str(whole)


def test_evaluating_twice_gives_the_same_numbers(plain_run):
    first, again = (mulligan.evaluate(plain_run, samples=30).to_json() for _ in range(2))
    assert first == again
    other = mulligan.evaluate(plain_run, samples=30, seed=1).to_json()
    assert other["scores"][0]["value"] != first["scores"][0]["value"]
    assert mulligan.evaluate(plain_run, samples=30, split="test").floor is None


def test_points_in_a_file_are_scored_as_the_model_that_made_them(mulligan, refused, in_tmp):
    run = start(in_tmp / "ring", "toy:ring", steps=2).folder
    words = ("--data", "toy:ring", "-n", 50, "--measures", "frechet,modes_found", "--json")
    mulligan("generate", run, "-n", 50, "--out", "made")
    told = [json.loads(mulligan("evaluate", what, *words).out) for what in ("made/seed0.npz", run)]
    assert told[0]["scores"][0]["protocol"]["samples"] == "given points"
    assert len({tuple(score["value"] for score in found["scores"]) for found in told}) == 1
    said = refused("evaluate", "made", "--data", "digits")
    assert "made gives 1 samples" in said and "perhaps made/seed0.npz was meant" in said


def test_the_best_model_of_a_run_is_used_where_it_is_wanted(mulligan, refused, own_copy, labelled_run, in_tmp):
    shutil.copy(labelled_run / "model.safetensors", own_copy / "best.safetensors")
    for checkpoint, place in (("last", own_copy), ("best", labelled_run)):
        mulligan("generate", own_copy, "-n", 2, "--checkpoint", checkpoint, "--out", checkpoint)
        made = np.load(f"{checkpoint}/seed0.npz")["images"]
        assert (made == load(place).generate(2)).all()
        walk = ("--frames", 1, "-n", 2, "-o", "walk.png", "--checkpoint", checkpoint)
        assert mulligan("interpolate", own_copy, *walk).code == 0
    (own_copy / "best.safetensors").unlink()
    assert "was not scored; type --checkpoint last" in refused("generate", own_copy, "--checkpoint", "best")
    model = own_copy / "model.safetensors"
    assert "is no run folder, so it has no best model" in refused("interpolate", model, "--checkpoint", "best")


@pytest.mark.parametrize("words, said", [({"device": "gpu"}, "no kind of device"), ({"backend": "jax"}, "'jax'")])
def test_given_pictures_are_scored_where_it_was_asked_for(tmp_path, words, said):
    with pytest.raises(MulliganError, match=said):
        mulligan.evaluate(pictures(tmp_path / "made", 12), "digits", **words)


@pytest.mark.parametrize("asked, stamped", [("train", "train"), ("test", "all"), ("all", "all")])
def test_the_stamp_calls_data_without_splits_what_it_is(tmp_path, asked, stamped):
    real = pictures(tmp_path / "real", 20)
    found = mulligan.evaluate(pictures(tmp_path / "made", 12), real, split=asked, extractor="random_conv")
    assert found.scores[0].protocol["real"] == f"{stamped} (20)" and found.floor is None


def test_the_table_says_how_many_real_samples_the_floor_is_of(plain_run):
    found = mulligan.evaluate(plain_run, samples=40)
    few, many = ([replace(score, protocol=score.protocol | {"fake": n}) for score in found.floor] for n in (20, 1898))
    assert found.table().splitlines()[0].endswith(" 40 real get")
    assert replace(found, floor=few).table().splitlines()[0].endswith(" 20 real get (fewer)")
    assert replace(found, floor=many).table().splitlines()[0].endswith(" 1,898 real get")
