"""Signals end what they should end, also where Python ignores what a handler raises."""

import os
import signal
import time
import weakref

import pytest

from mulligan.errors import Stopped
from mulligan.train.interrupt import polite_stop, prompt_stop


class Thing:
    """Something that a weak reference can be to."""


def terminate(*_):
    os.kill(os.getpid(), signal.SIGTERM)


def terminate_where_it_is_ignored():
    """In the callback of a weak reference, as it may hit an import."""
    thing = Thing()
    watched = weakref.ref(thing, terminate)
    del thing
    assert watched() is None


def wait_for_the_echo():
    for _ in range(500):
        time.sleep(0.01)


def test_a_signal_that_python_ignored_stops_all_the_same(capfd):
    with pytest.raises(Stopped) as stopped, prompt_stop():
        terminate_where_it_is_ignored()
        wait_for_the_echo()
    assert stopped.value.signal == signal.SIGTERM
    assert "ignored" not in capfd.readouterr().err


def test_an_ignored_signal_breaks_off_what_may_be_broken_off():
    with polite_stop() as wish:
        with pytest.raises(Stopped), wish.at_once():
            terminate_where_it_is_ignored()
            wait_for_the_echo()
        assert wish() == "interrupted"


def test_an_ignored_signal_is_one_wish_once_nothing_may_be_broken_off():
    with polite_stop() as wish:
        with wish.at_once():
            terminate_where_it_is_ignored()
        time.sleep(0.1)
        assert wish() == "interrupted"


def test_an_ignored_second_signal_stops_as_one_that_is_heard():
    with pytest.raises(Stopped), polite_stop() as wish:
        terminate()
        assert wish() == "interrupted"
        terminate_where_it_is_ignored()
        wait_for_the_echo()


def test_what_else_is_ignored_is_told_as_ever(monkeypatch):
    def fail(_):
        raise ValueError("a broken callback")

    told = []
    monkeypatch.setattr("sys.unraisablehook", lambda ignored: told.append(str(ignored.exc_value)))
    with prompt_stop():
        thing = Thing()
        watched = weakref.ref(thing, fail)
        del thing
    assert watched() is None and told == ["a broken callback"]


def test_nothing_is_sent_when_the_work_is_over():
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: pytest.fail("sent after the end"))
    try:
        with prompt_stop():
            terminate_where_it_is_ignored()
        time.sleep(0.1)
    finally:
        signal.signal(signal.SIGTERM, before)
