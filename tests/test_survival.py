"""Killed at any instant, its first included, a run goes on and ends where the unbroken one does."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

import _tiny_runs as tiny
import pytest

KILLS = 20
STEPS = 1500
SETTINGS = [argument for setting in (*tiny.TINY, "tick_images=240") for argument in ("--set", setting)]
NEW = ["digits", "--recipe", "dense", "--batch", str(tiny.BATCH), "--steps", str(STEPS), "--device", "cpu", *SETTINGS]


def launch(*arguments, **options):
    command = [sys.executable, "-m", "mulligan", "train", *arguments, "--display", "silent"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def wait_for(there, process, seconds=60):
    """Until something is there, and return how many seconds that took; fails when the process ends before."""
    begun = time.monotonic()
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < begun + seconds, "the process does not come to it"
        time.sleep(0.002)
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A run, how many seconds passed until its first step, and from there to its first checkpoint."""
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    process = launch(*NEW, "--out", str(folder))
    to_begin = wait_for(lambda: begun(folder), process)
    to_save = wait_for(lambda: newest_checkpoint(folder), process)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return folder, to_begin, to_save


def test_a_start_that_was_killed_before_it_wrote_its_recipe_may_be_made_again(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    # What is there at that instant: the lock, its owner, and the file that was being written.
    for name in ("lock", "owner.json", ".recipe.json.4711.part"):
        (folder / name).write_text("{}")
    assert tiny.start(folder).reason == "budget"
    assert not list(folder.glob(".*.part"))


@pytest.mark.slow
def test_a_run_killed_at_twenty_random_instants_ends_like_the_unbroken_one(unbroken, tmp_path):
    """Half of the kills come while it starts, half while it trains; each one is followed by a resume."""
    unbroken, to_begin, to_save = unbroken
    folder, instants, images = tmp_path / "run", random.Random(3), []
    for kill in range(KILLS):
        arguments = ["--resume", str(folder)] if (folder / "recipe.json").exists() else [*NEW, "--out", str(folder)]
        process = launch(*arguments)
        if kill % 2:
            sittings = begun(folder)
            wait_for(lambda sittings=sittings: begun(folder) > sittings, process)
            time.sleep(instants.uniform(0, 2 * to_save))
        else:
            time.sleep(instants.uniform(0, to_begin))
        if kill == KILLS - 1:  # however fast the machine is now, the last one has something to go on from
            wait_for(lambda: newest_checkpoint(folder), process)
        process.kill()
        process.communicate()
        images.append(newest_checkpoint(folder))
    assert images == sorted(images), "no checkpoint was ever lost"
    assert 0 < images[-1] < STEPS * tiny.BATCH, "it was killed while it trained"

    process = launch("--resume", str(folder))
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert tiny.model(folder) == tiny.model(unbroken)
    assert tiny.state(folder) == tiny.state(unbroken)
    assert tiny.history(folder) == tiny.history(unbroken)
    left = {path.name for path in folder.rglob("*") if path.name.endswith(".part") or path.name == "owner.json"}
    assert not left


def begun(folder):
    """How many sittings of the run have come to their first step."""
    log = folder / "log.jsonl"
    lines = log.read_bytes().splitlines() if log.exists() else ()
    return sum(b'"start"' in line or b'"resume"' in line for line in lines)


def newest_checkpoint(folder):
    return max((int(path.stem) for path in (folder / "checkpoints").glob("*.safetensors")), default=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_to_the_whole_group_saves_and_says_how_to_go_on(number, tmp_path):
    folder = tmp_path / "run"
    process = launch(*NEW, "--steps", "100000", "--out", str(folder), start_new_session=True)
    wait_for(lambda: newest_checkpoint(folder) > 0, process)
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 128 + number, err
    assert "interrupted; everything is saved" in out and f"mulligan train --resume {folder}" in out
    stopped = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    assert stopped["reason"] == "interrupted"
    assert stopped["images"] == newest_checkpoint(folder)


def test_a_second_start_names_who_is_there_and_a_kill_frees_the_folder(tmp_path):
    folder = tmp_path / "run"
    process = launch(*NEW, "--steps", "100000", "--out", str(folder))
    wait_for(lambda: newest_checkpoint(folder) > 0, process)
    second = launch("--resume", str(folder))
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert f"process {process.pid} on {socket.gethostname()}" in err
    process.kill()
    process.communicate()
    assert tiny.go_on(folder, images=newest_checkpoint(folder) + 80).reason == "budget"
