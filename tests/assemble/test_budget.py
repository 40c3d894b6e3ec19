"""Steps, images, epochs and time, whichever ends first; time becomes images once; patience."""

import json
import os
import signal
import time
from dataclasses import replace

import _tiny_runs as tiny
import pytest

from mulligan.assemble import budget, judge
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.assemble.standing import Standing
from mulligan.errors import DataError, RecipeError
from mulligan.recipes import auto
from mulligan.train import log
from mulligan.train.loop import Limits


def resolved(folder):
    return json.loads((folder / "recipe.json").read_text())


@pytest.mark.parametrize(
    ("asked", "images"),
    [
        ({"steps": 5}, 40),
        ({"steps": None, "images": 41}, 48),  # whole steps
        ({"steps": None, "epochs": 0.05}, 48),  # 44.95 digits
        ({"steps": 9, "images": 40, "epochs": 1}, 40),
        ({"steps": None, "set": ("images=24",)}, 24),
    ],
)
def test_the_budget_that_ends_first_counts(asked, images, tmp_path):
    result = tiny.start(tmp_path / "run", **asked)
    assert (result.reason, result.images) == ("budget", images)


@pytest.mark.parametrize("asked", [{"steps": 0}, {"images": -1}, {"epochs": 0.0}, {"seconds": 0.0}])
def test_no_budget_at_all_gets_a_sentence(asked, tmp_path):
    with pytest.raises(RecipeError, match="expected more than 0, for instance --steps 1000 or --time 10m"):
        tiny.start(tmp_path / "run", **({"steps": None} | asked))


def test_time_is_written_as_images_once_and_the_clock_only_stops(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.3)
    run, begun = tmp_path / "run", time.monotonic()
    schedule = ("learning_rate=cosine(1e-3,1e-4,50%)",)
    result = tiny.start(run, steps=None, seconds=2.0, set=schedule)
    assert result.reason == "time" and time.monotonic() - begun < 30
    first = resolved(run)
    assert first["settings"]["limits"] == {"images": None, "seconds": 2.0, "clock": "wall"}
    assert first["recipe"]["images"] >= 5 * tiny.BATCH
    rate = first["recipe"]["learning_rate"]
    assert rate["share"] is None and rate["images"] == round(first["recipe"]["images"] / 2)
    assert any(choice.startswith("budget: 2s is about") for choice in first["choices"])

    assert tiny.go_on(run).reason == "time", "its time is over"
    assert tiny.go_on(run, seconds=2.5).images > result.images
    again = resolved(run)
    assert again["recipe"] == first["recipe"], "another clock makes no other schedule"
    assert again["settings"]["limits"]["seconds"] == 2.5


@pytest.mark.parametrize(
    ("asked", "ticks"),
    [({"seconds": 5.0}, 10), ({"seconds": 60.0}, 12), ({"seconds": 3600.0}, 50), ({"images": 64_000}, 50)],
)
def test_a_short_time_has_fewer_ticks_as_each_costs_some_of_it(asked, ticks, tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "images_per_second", lambda *_: 1000.0)
    options = Options(**asked)
    plan = make_plan("digits", options, "cpu")
    _, recipe = budget.resolve(plan, options, open_backend("torch", "cpu"))
    assert round(recipe.images / recipe.tick_images) == pytest.approx(ticks, rel=0.1)


@pytest.mark.parametrize(
    ("asked", "batch"),
    [
        ({"seconds": 60.0}, 32),
        ({"seconds": 120.0}, 64),
        ({"seconds": 60.0, "batch": 64}, 64),
        ({"seconds": 60.0, "set": ("batch_size=64",)}, 64),
        ({"seconds": 60.0, "recipe": replace(auto.every()[1], images=1)}, 64),
        ({"images": 640}, 64),
        ({"seconds": 60.0, "steps": 100}, 64),  # which would be twice as many
    ],
)
def test_a_time_for_few_steps_has_smaller_ones_unless_they_were_asked_for(asked, batch, monkeypatch):
    monkeypatch.setattr(budget, "images_per_second", lambda *_: 1000.0)
    options = Options(**asked)
    plan = make_plan("digits", options, "cpu")
    _, recipe = budget.resolve(plan, options, open_backend("torch", "cpu"))
    assert (recipe.batch_size, plan.unresolved.batch_size) == (batch, 64)
    assert any(choice.startswith("batch: 32") for choice in plan.choices) == (batch == 32)


def test_a_batch_that_takes_as_long_by_half_stays_whole(monkeypatch):
    monkeypatch.setattr(budget, "images_per_second", lambda plan, *_: 10.0 * plan.recipe.batch_size)
    plan = make_plan("digits", Options(seconds=60.0), "cpu")
    _, recipe = budget.resolve(plan, Options(seconds=60.0), open_backend("torch", "cpu"))
    assert recipe.batch_size == 64 and not any(choice.startswith("batch") for choice in plan.choices)


def test_a_signal_while_scores_are_prepared_leaves_a_run_that_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.3)
    with monkeypatch.context() as once:
        once.setattr(judge, "load_neighbors", lambda: os.kill(os.getpid(), signal.SIGINT))
        cut = tiny.start(tmp_path / "run", steps=None, seconds=1.0)
    assert (cut.reason, cut.images) == ("interrupted", 0)
    assert [event["event"] for event in log.read(tmp_path / "run" / "log.jsonl")] == ["start", "stop"]
    done = tiny.go_on(tmp_path / "run")
    assert done.reason == "time" and done.images and done.scores


def test_real_samples_are_scored_before_the_clock_of_a_time_budget_runs(tmp_path, monkeypatch):
    floor, so_far = judge.Judge.floor, []

    def noted(self, *given, **words):
        so_far.append([event["event"] for event in log.read(tmp_path / "run" / "log.jsonl")])
        return floor(self, *given, **words)

    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.3)
    monkeypatch.setattr(judge.Judge, "floor", noted)
    done = tiny.start(tmp_path / "run", steps=None, seconds=1.0)
    assert so_far == [["start"]] and done.scores[0]["floor"]["value"] > 0


def test_pictures_that_cannot_be_scored_end_a_run_with_its_log_and_report(tmp_path, monkeypatch):
    def broken(self, count):
        raise DataError("a picture cannot be read")

    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.3)
    monkeypatch.setattr(judge.Judge, "prepare", broken)
    with pytest.raises(DataError, match="cannot be read"):
        tiny.start(tmp_path / "run", steps=None, seconds=1.0)
    assert log.read(tmp_path / "run" / "log.jsonl")[-1]["event"] == "stop"
    assert (tmp_path / "run" / "report.html").is_file()


def test_whichever_of_time_and_steps_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.1)
    assert tiny.start(tmp_path / "run", steps=3, seconds=60.0).reason == "budget"
    assert resolved(tmp_path / "run")["recipe"]["images"] == 3 * tiny.BATCH


def test_shares_of_the_budget_are_resolved_and_fifty_ticks_are_made_of_it(tmp_path):
    settings = ("game.penalties=r1", "game.penalties.r1.weight=linear(1,0.1,20%)")
    tiny.start(tmp_path / "run", steps=100, set=settings)
    recipe = resolved(tmp_path / "run")["recipe"]
    assert recipe["tick_images"] == 16
    assert recipe["game"]["penalties"][0]["weight"]["images"] == 160


PATIENT = ("tick_images=16", "score_every_ticks=1", "learning_rate=1e-9", "ema_half_life_images=0")


def test_a_run_without_gain_stops_and_that_survives_a_resume(tmp_path):
    # Nothing is learned at this rate, so that the first score stays the best or nearly so.
    settings = (*PATIENT, "patience_scores=3")
    unbroken = tiny.start(tmp_path / "unbroken", steps=500, set=settings)
    assert unbroken.reason == "no more gain" and unbroken.images < 500 * tiny.BATCH

    run = tmp_path / "run"
    with tiny.signal_after(unbroken.images // tiny.BATCH * 2 - 3):
        assert tiny.start(run, steps=500, set=settings).reason == "interrupted"
    again = tiny.go_on(run)
    assert (again.reason, again.images, again.best) == ("no more gain", unbroken.images, unbroken.best)
    assert tiny.history(run) == tiny.history(tmp_path / "unbroken")
    assert tiny.go_on(run).images == unbroken.images, "resumed once more it stays where it is"
    assert tiny.go_on(run, set=("patience_scores=4",)).images > unbroken.images


def test_a_score_that_is_no_number_is_never_the_best():
    standing = Standing().after(float("nan"), better="lower", images=10)
    assert standing == Standing(None, 0, 1)
    standing = standing.after(2.0, better="lower", images=20).after(3.0, better="lower", images=30)
    assert standing == Standing(2.0, 20, 1)
    assert Standing(2.0, 20, 1).after(3.0, better="higher", images=30) == Standing(3.0, 30)
    assert standing.given_up(1) == "no more gain" and standing.given_up(2) is None and standing.given_up(None) is None


def test_words_for_budgets():
    assert budget.described(Limits(50_000, 600.0)) == "50,000 images or 10m00s"
    assert budget.described(Limits(None, 90.0)) == "1m30s"
    assert budget.described(Limits(None, 90.0, clock="cpu")) == "1m30s of CPU time"


def test_a_run_keeps_its_clock(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_PROBE_SECONDS", 0.3)
    run = tmp_path / "run"
    assert tiny.start(run, steps=None, seconds=1.0, clock="cpu").reason == "time"
    assert resolved(run)["settings"]["limits"]["clock"] == "cpu"
    with pytest.raises(RecipeError, match="the run's clock is cpu and stays so; leave --clock wall out"):
        tiny.go_on(run, seconds=2.0, clock="wall")
    with pytest.raises(RecipeError, match="there is no clock 'sun'; expected wall or cpu"):
        tiny.start(tmp_path / "other", steps=None, seconds=1.0, clock="sun")
