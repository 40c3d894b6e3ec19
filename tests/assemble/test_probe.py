"""The number of threads is chosen by a measurement, written down, and given back afterwards."""

import json

import _tiny_runs as tiny
import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

import mulligan
from mulligan.assemble import probe
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan

SMALL = Options(recipe="dense", batch=8, set=tiny.TINY, cache=False)


@pytest.fixture
def two_threads(monkeypatch):
    """A process that would compute with two threads, as a user's does."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def test_the_threads_of_a_run_are_written_down_and_a_callers_process_gets_its_own_back(two_threads, tmp_path):
    result = mulligan.train("toy:ring", steps=3, batch=8, out=tmp_path / "run", display="silent")
    resolved = json.loads((result.folder / "recipe.json").read_text())
    told = [choice for choice in resolved["choices"] if choice.startswith("threads: 1")]
    assert resolved["environment"]["threads"] == (1 if told else 2)
    assert torch.get_num_threads() == 2


def test_a_users_own_choice_of_threads_is_left_alone(two_threads, monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    result = mulligan.train("toy:ring", steps=3, batch=8, out=tmp_path / "run", display="silent")
    assert json.loads((result.folder / "recipe.json").read_text())["environment"]["threads"] == 2


def test_a_resumed_run_computes_with_the_threads_that_it_began_with(two_threads, monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    begun = mulligan.train("toy:ring", steps=3, batch=8, out=tmp_path / "run", display="silent")
    torch.set_num_threads(1)
    mulligan.resume(begun.folder, steps=6, display="silent")
    events = [json.loads(line) for line in (begun.folder / "log.jsonl").read_text().splitlines()]
    assert events[-1]["images"] == 48
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("with_all, threads", [(1190.0, 1), (1210.0, 2)])
def test_one_thread_is_taken_unless_all_are_clearly_faster(two_threads, monkeypatch, with_all, threads):
    speeds = iter([with_all, 1000.0])
    monkeypatch.setattr(probe, "images_per_second", lambda *_, **__: next(speeds))
    plan, backend = make_plan("digits", SMALL, "cpu"), open_backend("torch", "cpu")
    probe.choose_threads(plan, SMALL, backend)
    assert torch.get_num_threads() == threads
    assert any(choice.startswith("threads: 1") for choice in plan.choices) == (threads == 1)


@pytest.mark.parametrize("large, once", [(1e-9, True), (60.0, False)])
def test_a_large_step_is_not_repeated_for_the_sake_of_threads(two_threads, monkeypatch, large, once):
    monkeypatch.setattr(probe, "_LARGE_STEP", large)
    updates = []
    hook = register_optimizer_step_post_hook(lambda *_: updates.append(1))
    try:
        probe.choose_threads(make_plan("digits", SMALL, "cpu"), SMALL, open_backend("torch", "cpu"))
    finally:
        hook.remove()
    assert (len(updates) == 4) == once, "one step with all threads and one with one, of one update of each network"
