"""A log loses nothing: not to a kill, not to a full disk, not to a resume, not to a NaN."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest

from mulligan.errors import RunError
from mulligan.train.log import Log, discarded, read, truncate_after


def tick(images: int, **terms: float) -> dict:
    return {"event": "tick", "images": images, "terms": {"critic/real": 0.5} | terms}


def write(path, events) -> None:
    with Log(path) as log:
        for event in events:
            log.write(event)


def test_events_come_back_as_they_were_written(tmp_path):
    events = [{"event": "start", "images": 0, "name": "Bär <b>"}, tick(64), tick(128)]
    write(tmp_path / "log.jsonl", events)
    assert read(tmp_path / "log.jsonl") == events


def test_each_line_is_in_the_file_when_write_returns(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    log.write(tick(64))
    assert read(tmp_path / "log.jsonl") == [tick(64)]
    log.close()


def test_a_run_that_has_not_logged_yet_has_no_events(tmp_path):
    assert read(tmp_path / "log.jsonl") == []
    assert truncate_after(tmp_path / "log.jsonl", 0) == 0


def test_numbers_that_are_not_finite_survive_and_the_file_stays_strict_json(tmp_path):
    path = tmp_path / "log.jsonl"
    write(path, [tick(64, a=math.nan, b=math.inf, c=-math.inf, d=np.float32("nan"))])

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    json.loads(path.read_text(), parse_constant=refuse)
    terms = read(path)[0]["terms"]
    assert math.isnan(terms["a"]) and math.isnan(terms["d"])
    assert (terms["b"], terms["c"]) == (math.inf, -math.inf)


def test_numpy_numbers_are_written_as_numbers(tmp_path):
    write(tmp_path / "log.jsonl", [tick(np.int64(64), a=np.float32(0.25))])
    assert read(tmp_path / "log.jsonl") == [tick(64, a=0.25)]


def test_a_log_cut_at_any_byte_is_read_up_to_its_last_whole_line(tmp_path):
    path = tmp_path / "log.jsonl"
    events = [tick(64 * n, a=1 / (n + 1)) for n in range(4)]
    write(path, events)
    content = path.read_bytes()
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        assert read(path) == events[: content[:length].count(b"\n")]


def test_an_event_after_a_cut_line_gets_a_line_of_its_own_and_the_piece_is_kept(tmp_path):
    path = tmp_path / "log.jsonl"
    write(path, [tick(64), tick(128)])
    path.write_bytes(path.read_bytes()[:-7])
    write(path, [tick(128)])
    assert read(path) == [tick(64), tick(128)]
    assert discarded(path).read_bytes().startswith(b'{"event": "tick", "images": 128')


def test_a_resumed_log_equals_an_unbroken_one_and_nothing_is_lost(tmp_path):
    unbroken, resumed = tmp_path / "unbroken.jsonl", tmp_path / "log.jsonl"
    events = [{"event": "start", "images": 0}, *(tick(64 * n) for n in range(1, 7))]
    write(unbroken, events)
    write(resumed, events[:5])
    # Killed after 256 images while it wrote the next line; the last checkpoint is that of 128.
    with resumed.open("ab") as file:
        file.write(b'{"event": "tick", "imag')
    assert truncate_after(resumed, 128) == 2
    write(resumed, events[3:])
    assert resumed.read_bytes() == unbroken.read_bytes()
    assert [json.loads(line)["images"] for line in discarded(resumed).read_text().splitlines()[:2]] == [192, 256]
    assert discarded(resumed).read_text().endswith('{"event": "tick", "imag\n')


def test_events_without_images_go_with_those_before_them(tmp_path):
    path = tmp_path / "log.jsonl"
    write(path, [tick(64), {"event": "notice", "text": "a"}, tick(128), {"event": "notice", "text": "b"}])
    assert truncate_after(path, 64) == 2
    assert [event.get("text") for event in read(path)] == [None, "a"]


def test_a_damaged_line_in_the_middle_is_named(tmp_path):
    path = tmp_path / "log.jsonl"
    write(path, [tick(64), tick(128)])
    path.write_bytes(path.read_bytes().replace(b'{"event"', b'{"ev\x00nt"', 1).replace(b"0.5", b"0.\xff", 1))
    with pytest.raises(RunError, match=r"line 1 of log\.jsonl is damaged"):
        read(path)


def test_a_full_disk_gets_a_sentence_and_leaves_the_whole_lines(tmp_path):
    # A limit on the file's size stands for the full disk: the kernel writes a part of the line, then refuses.
    code = f"""
import resource
from mulligan.errors import RunError
from mulligan.train.log import Log
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
log = Log({str(tmp_path / "log.jsonl")!r})
log.write({{"event": "tick", "images": 64, "pad": "x" * 20}})
try:
    log.write({{"event": "tick", "images": 128, "pad": "x" * 20}})
except RunError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.search(r"the disk is full: log\.jsonl needs \d+ bytes and [\d,]+ are free", done.stdout), done.stdout
    assert [event["images"] for event in read(tmp_path / "log.jsonl")] == [64]
