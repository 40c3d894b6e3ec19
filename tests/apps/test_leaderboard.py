"""A file of runs that are all measured alike, and that says what no longer holds."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from _tiny_runs import start
from _waiting import wait_for
from filelock import FileLock

from mulligan.apps.leaderboard import Leaderboard
from mulligan.assemble.command import command
from mulligan.assemble.plan import Options
from mulligan.cli.train import command as train_command

BOARD = {"format": 1, "words": {}}
WORDS = ("-n", 30, "--measures", "frechet,near_duplicates")


@pytest.fixture
def board(mulligan, own_copy, labelled_run, in_tmp) -> Path:
    """A file with two runs, of which one may be changed."""
    mulligan("leaderboard", "board.json", "--add", labelled_run, *WORDS)
    mulligan("leaderboard", "board.json", "--add", own_copy)
    return in_tmp / "board.json"


def test_rows_tell_how_to_train_and_what_was_measured(mulligan, board, own_copy):
    first, second = json.loads(mulligan("leaderboard", board, "--json").out)["rows"]
    assert second["run"] == "copy" and second["recipe"] == "dcgan" and second["images"] == 480
    assert first["command"].startswith("mulligan train digits --recipe dcgan --steps 30 --batch 16 --labels --set ")
    assert [score["measure"] for score in second["scores"]] == ["frechet", "near_duplicates"]
    assert second["scores"][0]["protocol"]["fake"] == 30, "as the first row was measured"
    assert len(first["log"]) == len(first["model"]) == 64 and first["log"] != second["log"]


def test_the_table_begins_with_the_best(mulligan, board):
    content = json.loads(board.read_text())
    for row, value in zip(content["rows"], (30.0, 20.0), strict=True):
        row["scores"][0]["value"] = value
    board.write_text(json.dumps(content))
    head, _, first, second, *_ = mulligan("leaderboard", board).out.splitlines()
    assert "frechet (lower)" in head and first.startswith("| copy") and second.startswith("| labelled")


def test_a_run_that_is_added_again_takes_the_place_of_its_row(mulligan, board, own_copy):
    mulligan("leaderboard", board, "--add", own_copy)
    assert len(json.loads(board.read_text())["rows"]) == 2


def test_what_holds_and_what_does_not_is_told(mulligan, board, own_copy):
    answer = mulligan("leaderboard", board, "--check")
    assert answer.code == 0 and answer.out.count(": holds") == 2
    content = json.loads(board.read_text())
    content["rows"][1]["scores"][0]["value"] *= 1.1
    board.write_text(json.dumps(content))
    answer = mulligan("leaderboard", board, "--check")
    assert answer.code == 1 and "copy: frechet was" in answer.out and answer.out.count(": holds") == 1
    mulligan("train", "--resume", own_copy, "--steps", 40, "--display", "silent")
    assert (
        "copy: another log than then; another model than then; frechet was"
        in mulligan("leaderboard", board, "--check").out
    )
    shutil.rmtree(own_copy)
    assert "copy: there is no run at" in mulligan("leaderboard", board, "--check").out


def test_other_words_than_the_boards_are_refused(refused, board, own_copy):
    said = refused("leaderboard", board, "--add", own_copy, "-n", 40)
    assert "is measured with samples 30, not 40" in said


def test_what_is_the_default_may_be_said(mulligan, refused, board, own_copy):
    assert mulligan("leaderboard", board, "--add", own_copy, "--extractor", "auto", "--seeds", 1).code == 0
    assert "seeds 1, not 2; leave --seeds out" in refused("leaderboard", board, "--add", own_copy, "--seeds", 2)


def test_a_row_that_another_adds_while_one_measures_is_kept(board, own_copy, labelled_run):
    mine = Leaderboard.open(board)
    other = shutil.copytree(own_copy, own_copy.parent / "other")
    Leaderboard.open(board).add(other, {})
    mine.add(labelled_run, {})
    assert {row.name for row in Leaderboard.open(board).rows} == {"copy", "labelled", "other"}


def test_rows_that_two_processes_add_at_once_are_both_kept(board, own_copy):
    """Both come to the lock while a third has it, reads the file before and writes it after them."""
    runs = [shutil.copytree(own_copy, own_copy.parent / name, ignore=shutil.ignore_patterns("evaluations"))
            for name in ("third", "fourth")]  # fmt: skip
    before = board.read_text()
    with FileLock(f"{board}.lock"):
        adding = [subprocess.Popen([sys.executable, "-m", "mulligan", "leaderboard", board, "--add", run])
                  for run in runs]  # fmt: skip
        wait_for(lambda: all(list(run.glob("evaluations/*.json")) for run in runs))  # measured: next is the lock
        for process in adding:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
        board.write_text(before)
    assert [process.wait(60) for process in adding] == [0, 0]
    assert {row.name for row in Leaderboard.open(board).rows} == {"copy", "labelled", "third", "fourth"}


def test_the_best_models_of_runs_have_a_board_of_their_own(mulligan, refused, own_copy, labelled_run, in_tmp):
    mulligan("leaderboard", "best.json", "--add", labelled_run, *WORDS, "--checkpoint", "best")
    mulligan("leaderboard", "best.json", "--add", own_copy)
    table = [line.split(" | ")[2].strip() for line in mulligan("leaderboard", "best.json").out.splitlines()[:4:2]]
    assert table == ["checkpoint", "best"]
    said = refused("leaderboard", "best.json", "--add", own_copy, "--checkpoint", "last")
    assert "measured with checkpoint best, not last; leave --checkpoint out" in said


def test_every_row_says_which_model_of_its_run_it_is(mulligan, board):
    head, _, *rows = [line.split(" | ") for line in mulligan("leaderboard", board).out.splitlines()[:4]]
    assert head[2].strip() == "checkpoint" and [row[2].strip() for row in rows] == ["last", "last"]


def test_a_run_that_cannot_be_measured_keeps_no_other_from_being_checked(mulligan, board, own_copy):
    (own_copy / "model.safetensors").write_text("no model")
    answer = mulligan("leaderboard", board, "--check")
    assert answer.code == 1 and "copy: cannot be measured: " in answer.out and answer.out.count(": holds") == 1


def test_nothing_can_be_checked_where_there_is_nothing(refused, in_tmp):
    assert "has no rows to check" in refused("leaderboard", "none.json", "--check")
    Path("empty.json").write_text('{"format": 1, "words": {}, "rows": []}')
    assert "has no rows to check" in refused("leaderboard", "empty.json", "--check")


def test_what_is_no_leaderboard_is_refused(refused, in_tmp, own_copy):
    row = dict.fromkeys(("run", "recipe", "command", "log", "model"), "x") | {"images": 1, "scores": []}
    for content in (
        "{",
        "[]",
        '{"format": 1, "words": {}, "rows": [{"run": 3}]}',
        json.dumps(BOARD | {"rows": [row]}),
        json.dumps(BOARD | {"words": {"color": 3}, "rows": []}),
        '{"format": 1, "words": [], "rows": []}',
    ):
        Path("board.json").write_text(content)
        assert "is no leaderboard" in refused("leaderboard", "board.json")
        assert "is no leaderboard" in refused("leaderboard", "board.json", "--add", own_copy)
    Path("board.json").write_text('{"format": 2, "words": {}, "rows": [{"new": 1}]}')
    assert "newer Mulligan" in refused("leaderboard", "board.json")


def test_a_new_board_says_how_to_begin(mulligan, in_tmp):
    assert "mulligan leaderboard board.json --add RUN" in mulligan("leaderboard", "board.json").out
    assert not Path("board.json").exists() and Leaderboard.open(Path("board.json")).rows == []


def test_a_run_keeps_the_command_that_starts_it_again(tmp_path):
    result = start(tmp_path / "run", steps=2, seed=3, labels=False)
    kept = json.loads((result.folder / "recipe.json").read_text())["command"]
    assert kept.startswith("mulligan train digits --recipe dense --seed 3 --steps 2 --batch 8 --no-labels --set ")


def test_every_option_of_a_run_is_a_word_of_the_command_line_and_tells_of_no_folder(tmp_path):
    own = tmp_path / "anna" / "my_gan.py"
    options = Options(
        recipe=str(own), seed=1, steps=2, images=3, epochs=4.5, seconds=60.0, clock="cpu", batch=5, size=(48, 64),
        fit="pad", channels=3, background="red", labels=True, set=("a=1", "b=[2, 3]"), device="cpu", backend="torch",
        init=str(tmp_path / "old"), freeze_layers=2, workers=3, cache=False,
    )  # fmt: skip
    words = shlex.split(command(str(tmp_path / "photos"), options, tmp_path / "runs" / "one"))
    known = {name for parameter in train_command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known
    assert words[2] == "../../photos" and "my_gan.py" in words and "../../old" in words
    assert not any(str(tmp_path) in word for word in words)
    train_command.make_context("train", words[2:])  # which click can read
