"""A run that goes wrong says so and keeps what it had; a run whose test split is of no use goes on without it."""

import _tiny_runs as tiny
import numpy as np
import pytest
from torch.optim.optimizer import register_optimizer_step_post_hook

from mulligan import tensorfile
from mulligan.assemble.plan import Options
from mulligan.assemble.result import Result
from mulligan.assemble.training import resume, train
from mulligan.errors import RecipeError, TrainingError
from mulligan.train import log, reading


def splits(folder, test):
    """Pictures with a test split that holds these files."""
    tiny.pictures(folder / "train", 12)
    (folder / "test").mkdir()
    for index, content in enumerate(test):
        (folder / "test" / f"{index}.png").write_bytes(content)
    return folder


@pytest.fixture
def exploded(tmp_path):
    """A run whose second update leaves what a computer can hold, after terms that were all finite."""
    folder = tmp_path / "run"
    with pytest.raises(TrainingError) as caught:
        tiny.start(
            folder, steps=2, set=("tick_images=8", "critic_learning_rate=1e-4", "learning_rate=linear(1e-4,1e39,8)")
        )
    return folder, str(caught.value)


def test_a_network_that_is_not_finite_is_never_saved(exploded):
    folder, sentence = exploded
    assert "network/generator/" in sentence and "after 16 images; the last checkpoint is kept" in sentence
    saved = list(folder.rglob("*.safetensors"))
    assert {path.name for path in saved} >= {"model.safetensors", "000000000008.safetensors"}
    for path in saved:
        assert all(np.isfinite(array).all() for array in tensorfile.read(path)[0].values()), path
    assert [path.stem for path in (folder / "samples").iterdir()] == ["000000008"]


def test_an_opponent_that_is_not_finite_is_never_saved_either(tmp_path):
    optimizers = []

    def break_the_critic_last(optimizer, *_):
        optimizers.append(optimizer)
        if len(optimizers) == 2:
            optimizers[0].param_groups[0]["params"][0].data[0] = np.nan

    hook = register_optimizer_step_post_hook(break_the_critic_last)
    try:
        with pytest.raises(TrainingError, match=r"network/critic/.* holds numbers that are not finite"):
            tiny.start(tmp_path / "run", steps=1)
    finally:
        hook.remove()
    assert [path.stem for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["000000000000"]


def test_a_run_that_failed_says_so_in_its_log_and_its_report(exploded):
    folder, sentence = exploded
    last = log.read(folder / "log.jsonl")[-1]
    assert (last["event"], last["images"], last["reason"]) == ("stop", 16, f"error: {sentence}")
    assert "holds numbers that are not finite" in (folder / "report.html").read_text()


def test_a_test_split_that_cannot_be_read_costs_only_the_floor(tmp_path, capsys):
    photos = splits(tmp_path / "photos", [b"broken"] * 12)
    options = Options(recipe="dense", batch=tiny.BATCH, steps=2, set=tiny.TINY, cache=False)
    result = train(str(photos), options, out=tmp_path / "run", display="plain")
    out = capsys.readouterr().out
    assert "scores come without those of real samples beside them: 12 of 12 pictures in the test split of" in out
    assert result.scores and "floor" not in result.scores[0]
    assert resume(tmp_path / "run", Options(steps=4, cache=False), display="silent").images == 4 * tiny.BATCH


def test_a_test_split_of_few_pictures_gives_no_floor(tmp_path, capsys):
    picture = next(tiny.pictures(tmp_path / "one", 1).iterdir()).read_bytes()
    photos = splits(tmp_path / "photos", [picture] * 3)
    options = Options(recipe="dense", batch=tiny.BATCH, steps=2, set=tiny.TINY, cache=False)
    assert "floor" not in train(str(photos), options, out=tmp_path / "run", display="plain").scores[0]
    assert "the test split has 3 samples, expected 10 or more" in capsys.readouterr().out


def test_too_few_samples_to_be_scored_are_refused_at_once_and_on_resuming(tmp_path):
    with pytest.raises(RecipeError, match="score_samples is 9, too few to be scored; type --set score_samples=10"):
        tiny.start(tmp_path / "run", set=("score_samples=9",))
    tiny.start(tmp_path / "run", steps=1, set=("score_samples=10",))
    with pytest.raises(RecipeError, match="score_samples is 3"):
        tiny.go_on(tmp_path / "run", set=("score_samples=3",))


def test_patience_without_scores_is_told_of(tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 9)
    options = Options(recipe="dense", batch=tiny.BATCH, steps=2, set=(*tiny.TINY, "patience_scores=1"), cache=False)
    train(str(photos), options, out=tmp_path / "run", display="plain")
    assert "patience: 9 samples are too few to be scored" in capsys.readouterr().out


def test_the_best_model_is_named_where_it_is_not_the_last(tmp_path):
    best = Result(tmp_path, "budget", 80, (), best=1.0, best_images=40)
    assert f"best: {tmp_path}/best.safetensors after 40 images" in best.summary()
    assert "best: " not in Result(tmp_path, "budget", 80, (), best=1.0, best_images=80).summary()
    assert "best: " not in Result(tmp_path, "budget", 80, (), best=None).summary()


def test_reading_the_data_of_a_resumed_run_is_shown(tmp_path, monkeypatch, capsys):
    photos = tiny.pictures(tmp_path / "photos", 12)
    tiny.start(tmp_path / "run", photos, steps=1)
    monkeypatch.setattr(reading, "PATIENCE", -1.0)
    resume(tmp_path / "run", Options(steps=2, cache=False), display="plain")
    assert "reading  12 of 12 pictures" in capsys.readouterr().err
