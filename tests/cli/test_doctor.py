"""mulligan doctor, and what training says of what it finds."""

import json

TINY = ("--recipe", "dense", "--no-cache", "--batch", "8", "--set", "tick_images=16", "--set", "score_samples=50")


def test_a_run_is_told_what_is_wrong_with_it_while_it_trains_and_afterwards(mulligan, in_tmp):
    told = mulligan("train", "digits", *TINY, "--steps", "8", "--set", "learning_rate=0.5", "--out", "run")
    assert told.code == 0 and "learning-rate-too-high" in told.out
    ill = next(line for line in told.out.splitlines() if line.startswith("ill: "))
    assert "learning-rate-too-high" in ill and ill.endswith("what to do: mulligan doctor run")
    said = mulligan("doctor", "run")
    assert said.code == 0 and "learning-rate-too-high (severe), after 16 images" in said.out
    assert "what to do: divide the learning rate by ten" in said.out
    found = json.loads(mulligan("doctor", "run", "--json").out)
    assert not found["healthy"] and found["findings"][0]["evidence"]
    page = (in_tmp / "run" / "report.html").read_text()
    assert "learning-rate-too-high" in page and "divide the learning rate by ten" in page


def test_acting_is_told_too(mulligan, in_tmp):
    words = ("--steps", "20", "--set", "learning_rate=0.1", "--watch", "act", "--out", "run")
    assert (
        "mulligan 1: back from 16 images because of learning-rate-too-high"
        in mulligan("train", "digits", *TINY, *words).out
    )
    assert "mulligan 1, because of learning-rate-too-high" in mulligan("doctor", "run").out
    assert "went back from 16 images to 0" in (in_tmp / "run" / "report.html").read_text()


def test_of_a_healthy_end_nothing_ill_is_said(mulligan, in_tmp):
    assert "\nill: " not in mulligan("train", "digits", *TINY, "--steps", "8", "--out", "run").out


def test_what_is_no_run_gets_a_sentence(refused, in_tmp):
    assert "is no run folder" in refused("doctor", ".")
