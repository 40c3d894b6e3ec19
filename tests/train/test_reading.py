"""A person who waits for a large set hears how far it is."""

import io
import time

from mulligan.train import reading as module
from mulligan.train.reading import long_wait, reading


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


def test_what_takes_long_says_so_once_and_what_does_not_stays_quiet():
    for display, after, said in (("plain", 0.01, "notice  it does\n"), ("plain", 60, ""), ("silent", 0.01, "")):
        stream = io.StringIO()
        with long_wait(display, "it does", after, stream):
            time.sleep(0.2)
        assert stream.getvalue() == said
