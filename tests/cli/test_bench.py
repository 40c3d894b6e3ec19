"""The ladder from the command line."""

import csv

TINY = ("--rungs", "1", "--seeds", "1")


def test_the_help_names_every_rung_and_the_group_its_command(mulligan):
    assert "ladder  Climb the test ladder." in mulligan("bench", "--help").out
    assert mulligan("bench") == mulligan("bench", "--help")
    said = mulligan("bench", "ladder", "--help").out
    assert all(f"rung {number}" in said for number in range(1, 6)) and "Stacked MNIST" in said


def test_a_table_is_made_of_what_is_there_where_nothing_is_to_be_trained(mulligan, in_tmp):
    answer = mulligan("bench", "ladder", *TINY, "--no-train", "--out", "ladder")
    assert answer.code == 0 and "## Rung 1: toy:grid" in answer.out
    assert (in_tmp / "ladder" / "ladder.md").read_text() in answer.out
    rows = list(csv.DictReader((in_tmp / "ladder" / "ladder.csv").open()))
    assert {row["state"] for row in rows} == {"missing"} and len(rows) == 14, "seven games on two sets"


def test_what_cannot_be_climbed_is_refused(refused, in_tmp):
    assert "rung 3 needs mnist; name the folder" in refused("bench", "ladder")
    nowhere = ("--rungs", "3", "--data", "nowhere", "--no-train")
    assert "rung 3 needs nowhere/mnist, which is not there; name the folder" in refused("bench", "ladder", *nowhere)
    assert "there is no rung 9" in refused("bench", "ladder", "--rungs", "9")
    assert "'one' are no rungs; expected for instance 1,2" in refused("bench", "ladder", "--rungs", "one")
    assert "nobody on these rungs is called 'dcgan'" in refused("bench", "ladder", "--rungs", "1", "--recipes", "dcgan")
    assert "'soon' is no length of time" in refused("bench", "ladder", "--time", "soon")
    (in_tmp / "taken").write_text("")
    assert "the run taken/toy-ring/auto-seed0 cannot be started" in refused("bench", "ladder", *TINY, "--out", "taken")
