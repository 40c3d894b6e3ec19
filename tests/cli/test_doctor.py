"""mulligan doctor, and what training says of what it finds."""

import json

from command_line import mulligan

TINY = ["--recipe", "dense", "--no-cache", "--batch", "8", "--set", "tick_images=16", "--set", "score_samples=50"]


def test_a_run_is_told_what_is_wrong_with_it_while_it_trains_and_afterwards(tmp_path):
    run = tmp_path / "run"
    told = mulligan("train", "digits", *TINY, "--steps", "8", "--set", "learning_rate=0.5", "--out", run)
    assert "learning-rate-too-high" in told.stdout and told.returncode == 0
    said = mulligan("doctor", run)
    assert said.returncode == 0
    assert "learning-rate-too-high (severe), after 16 images" in said.stdout
    assert "what to do: divide the learning rate by ten" in said.stdout
    found = json.loads(mulligan("doctor", run, "--json").stdout)
    assert not found["healthy"] and found["findings"][0]["evidence"]
    page = (run / "report.html").read_text()
    assert "learning-rate-too-high" in page and "divide the learning rate by ten" in page


def test_acting_is_told_too(tmp_path):
    run = tmp_path / "run"
    words = ["--steps", "20", "--set", "learning_rate=0.1", "--watch", "act", "--display", "plain", "--out", run]
    told = mulligan("train", "digits", *TINY, *words)
    assert "mulligan 1: back from 16 images because of learning-rate-too-high; learning_rate x 0.1" in told.stdout
    assert "mulligan 1, because of learning-rate-too-high" in mulligan("doctor", run).stdout


def test_what_is_no_run_gets_a_sentence(tmp_path):
    said = mulligan("doctor", tmp_path)
    assert said.returncode == 2 and "is no run folder" in said.stderr and "Traceback" not in said.stderr
