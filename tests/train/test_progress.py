"""The displays show what the log says, on a terminal, in a file, and never at the cost of the training."""

import io
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mulligan.train.progress import Display, Plain, duration, open_display, scored, size
from mulligan.train.progress_live import Live, smooth

START = {"event": "start", "images": 0, "name": "digits"}
TICKS = [
    {
        "event": "tick",
        "images": images,
        "seconds": images / 1000,
        "images_per_second": 1234.5,
        "terms": {"critic/real": value, "critic/fake": 0.71, "generator/fake": 1.31},
        "estimates": {"wasserstein": 2.5},
        "memory_bytes": 812_000_000,
        "share": images / 50_000,
        "seconds_left": 130 - images / 1000,
    }
    for images, value in ((1000, 0.6931), (25_000, math.nan), (50_000, 1.25e-7))
]
SCORE = {
    "event": "score",
    "images": 25_000,
    "scores": [{"measure": "frechet", "value": 23.12, "low": 22.4, "high": 23.9}],
}
STOP = {"event": "stop", "images": 50_000, "reason": "the budget is used up"}


def show(display: Display) -> None:
    with display:
        display.start(START)
        display.tick(TICKS[0])
        display.notice("12 pictures [red] were skipped")
        display.tick(TICKS[1])
        display.score(SCORE)
        display.notice("the critic is too strong")
        display.tick(TICKS[2])
        display.stop(STOP)


def on_a_terminal(monkeypatch, kind: str) -> str:
    """All that a real pseudo-terminal received."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    reading, writing = os.openpty()
    received = bytearray()

    def drain() -> None:
        while True:
            try:
                received.extend(os.read(reading, 4096))
            except OSError:  # the other end was closed
                return

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(writing, "w") as stream:
        show(open_display(kind, "50,000 images", stream))
    thread.join(timeout=10)
    os.close(reading)
    return received.decode()


def test_a_terminal_shows_every_part_and_gets_its_cursor_back(monkeypatch):
    text = on_a_terminal(monkeypatch, "auto")
    last = text[text.rindex("digits") :]
    parts = (
        "50,000   budget 50,000 images|1,234 per second|812 MB|wasserstein 2.5|frechet 23.12 (22.4 to 23.9)|too strong"
    )
    for part in [*parts.split("|"), "after 25,000 images", "the budget is used up", "generator", "critic"]:
        assert part in last
    assert "%" in text and "left" in text and "nan" in text
    assert "12 pictures [red] were skipped" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_file_gets_plain_lines(tmp_path):
    with (tmp_path / "out.txt").open("w") as stream:
        display = open_display("auto", "50,000 images", stream)
        assert isinstance(display, Plain)
        show(display)
    lines = (tmp_path / "out.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["start", "tick", "notice", "tick", "score", "notice", "tick", "stop"]
    assert "digits, 50,000 images" in lines[0]
    assert "frechet 23.12 (22.4 to 23.9)" in lines[4]


def test_the_columns_of_plain_lines_stay_where_they_are():
    stream = io.StringIO()
    show(open_display("plain", stream=stream))
    ticks = [line for line in stream.getvalue().splitlines() if line.startswith("tick")]
    for word in ("images", "%", "/s", "left", "MB", "critic/real", "critic/fake", "generator/fake", "wasserstein"):
        assert len({line.index(word) for line in ticks}) == 1, word
    assert "critic/real nan" in ticks[1] and "critic/real 1.25e-07" in ticks[2]


def test_nothing_is_shown_where_a_program_reads_the_answer():
    stream = io.StringIO()
    show(open_display("silent", "50,000 images", stream))
    assert stream.getvalue() == ""


def test_a_notice_that_the_output_cannot_spell_does_not_end_the_run():
    output = io.BytesIO()
    stream = io.TextIOWrapper(output, encoding="ascii")
    Plain("", stream).notice("Bär\nis odd")
    assert output.getvalue() == b"notice  B\\xe4r is odd\n"


def test_a_reader_that_goes_away_does_not_end_the_run():
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_progress import open_display, show
show(open_display("plain"))
print("done", file=sys.stderr)
"""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.stderr.startswith("done")


def test_the_terminal_is_given_back_when_training_fails(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    stream.isatty = lambda: True
    with pytest.raises(ZeroDivisionError), open_display("live", stream=stream) as display:
        assert isinstance(display, Live)
        display.start(START)
        raise ZeroDivisionError
    assert stream.getvalue().endswith("\x1b[?25h")


def test_a_term_is_smoothed_and_a_nan_in_it_is_shown_once():
    assert smooth(None, 2.0) == 2.0
    assert smooth(1.0, 2.0) == pytest.approx(1.4)
    assert math.isnan(smooth(1.0, math.nan))
    assert smooth(math.nan, 2.0) == 2.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "?"), (-3, "0s"), (45.4, "45s"), (125, "2m05s"), (12_000, "3h20m"), (187_200, "2d04h"), (3599.9, "1h00m")],
)
def test_times_are_told_as_people_do(seconds, text):
    assert duration(seconds) == text


def test_sizes_and_scores_are_told_as_people_do():
    assert (size(812_000_000), size(1_300_000_000), size(None)) == ("812 MB", "1.3 GB", "")
    assert scored({"measure": "recall", "value": 0.5}) == "recall 0.5"
