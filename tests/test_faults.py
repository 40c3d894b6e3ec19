"""A tenth of what ``benchmarks/faults.py`` makes: kills, refused calls, full disks, signals, dead readers."""

import pytest
from _faults import flips, readers
from _faults.disk import NoMount
from _faults.native import NoCompiler
from _faults.rows import ROWS


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_fault_is_survived(row, tmp_path):
    try:
        outcome = row.make(row.everyday, tmp_path)
    except (NoCompiler, NoMount) as missing:
        pytest.skip(str(missing))
    if not outcome.tried:
        pytest.skip(outcome.measured)
    assert not outcome.bad, "\n".join(outcome.bad[:5])


def test_a_picture_that_kills_three_readers_is_named(tmp_path):
    said = readers.three_strikes(tmp_path)
    assert "3 processes in a row that read 0007.png died (the last one was killed by SIGSEGV)" in said
    assert "--workers 0" in said


def test_a_disk_of_pictures_that_is_gone_stops_the_run_with_a_sentence(tmp_path):
    said = readers.all_lost(tmp_path)
    assert "11 of 40 pictures of photos cannot be read any more" in said and ".png" in said
    assert "mulligan train --resume" in said


def test_the_checksum_is_quick():
    """The bar is 3 seconds per GB on an idle machine; ten times that is no accident of a busy one."""
    assert flips.seconds_per_gigabyte(megabytes=32) < 30
