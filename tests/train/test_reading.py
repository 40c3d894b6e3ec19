"""A person who waits for a large set hears how far it is."""

import io

from mulligan.train import reading as module
from mulligan.train.reading import reading


def test_a_set_that_is_read_at_once_says_nothing():
    """The common case stays quiet."""
    stream = io.StringIO()
    tell = reading("auto", stream)
    for done in range(100):
        tell(done, 100)
    assert stream.getvalue() == ""


def test_a_slow_set_says_how_far_it_is(monkeypatch):
    """One line, with both counts."""
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    stream = io.StringIO()
    reading("plain", stream)(20_000, 1_000_000)
    assert stream.getvalue() == "reading  20,000 of 1,000,000 pictures\n"


def test_a_program_that_reads_the_answer_hears_nothing():
    """A silent display is silent from the start."""
    assert reading("silent") is None
