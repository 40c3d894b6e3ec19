"""The number of threads is chosen by a measurement, written down, and given back afterwards."""

import json

import pytest
import torch

import mulligan


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
