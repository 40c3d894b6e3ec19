"""A run of several processes: started, stopped, killed, gone on with on one; every process is a real one."""

import json
import os
import signal
import subprocess
import sys
import time

import _tiny_runs as tiny
import numpy as np
import pytest
from _waiting import PATIENCE, wait_for

from mulligan import tensorfile
from mulligan.assemble import launch
from mulligan.assemble.launch import environments, place, wanted
from mulligan.errors import DeviceError
from mulligan.train import log

TRAIN = [sys.executable, "-m", "mulligan", "train", "--recipe", "dense", "--no-cache", "--display", "silent"]
LONG = ("--steps", "100000", "--set", "tick_images=240")
SETTINGS = [word for text in tiny.TINY for word in ("--set", text)]


STARTED = []


@pytest.fixture(autouse=True)
def nothing_is_left():
    """Children of a parent that is killed stop by themselves, whatever a test that fails leaves behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.wait()


def started(folder, *words, data="toy:ring", environment=None, batch=24, settings=SETTINGS):
    command = [*TRAIN, data, *settings, "--batch", str(batch), "--out", str(folder), *words]
    STARTED.append(
        subprocess.Popen(
            command,
            env=os.environ | (environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    )
    return STARTED[-1]


def ticks(folder):
    path = folder / "log.jsonl"
    return [event for event in log.read(path) if event["event"] == "tick"] if path.exists() else []


def training(folder):
    """Wait until a run is in the middle of its work."""
    wait_for(lambda: len(ticks(folder)) >= 2)


def checkpoint(folder):
    return tensorfile.read(max((folder / "checkpoints").glob("*.safetensors")))


def test_two_processes_train_as_one_does_and_the_run_goes_on_with_one(tmp_path):
    folder = tmp_path / "run"
    process = started(folder, "--steps", "6", "--processes", "2", data="digits")
    out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    assert out.count("144 images, stopped by budget") == 1, "the leader alone tells"
    tiny.start(tmp_path / "one", steps=6, batch=24)
    mine, theirs = checkpoint(folder), checkpoint(tmp_path / "one")
    assert mine[1]["progress"]["images"] == theirs[1]["progress"]["images"] == 144
    for name, array in theirs[0].items():
        np.testing.assert_allclose(mine[0][name], array, rtol=1e-3, atol=1e-5, err_msg=name)
    assert [tick["images"] for tick in ticks(folder)] == [tick["images"] for tick in ticks(tmp_path / "one")]
    assert json.loads((folder / "recipe.json").read_text())["environment"]["processes"] == 2

    assert tiny.go_on(folder, steps=8).images == 192
    command = [sys.executable, "-m", "mulligan", "generate", str(folder), "-n", "4", "--out", str(tmp_path / "made")]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "made" / "grid.png").is_file()


@pytest.mark.parametrize("who", ["parent", pytest.param("a rank", marks=pytest.mark.slow)])
def test_a_signal_stops_all_at_the_same_step_with_everything_saved(who, tmp_path):
    folder = tmp_path / "run"
    if who == "parent":
        processes = [started(folder, *LONG, "--processes", "2")]
        training(folder)
        os.killpg(processes[0].pid, signal.SIGTERM)
    else:
        processes = [started(folder, *LONG, environment=e) for e in environments(2)]
        training(folder)
        processes[1].send_signal(signal.SIGTERM)
    told = [process.communicate(timeout=PATIENCE) for process in processes]
    assert {process.returncode for process in processes} == {143}, told
    assert "interrupted; everything is saved" in told[0][0]
    images = checkpoint(folder)[1]["progress"]["images"]
    assert images >= ticks(folder)[-1]["images"]
    assert tiny.go_on(folder, images=images + 24).images == images + 24


def test_a_process_that_is_killed_is_named_by_all_others_and_the_run_goes_on_with_one(tmp_path):
    folder = tmp_path / "run"
    slurm = [
        {
            "SLURM_PROCID": e["RANK"],
            "SLURM_NTASKS": e["WORLD_SIZE"],
            "SLURM_LOCALID": e["LOCAL_RANK"],
            "MASTER_ADDR": e["MASTER_ADDR"],
            "MASTER_PORT": e["MASTER_PORT"],
        }
        for e in environments(3)
    ]
    processes = [started(folder, *LONG, environment=environment) for environment in slurm]
    training(folder)
    processes[2].kill()
    killed = time.monotonic()
    errors = [process.communicate(timeout=PATIENCE)[1] for process in processes]
    assert time.monotonic() - killed < 60
    assert [process.returncode for process in processes] == [2, 2, -signal.SIGKILL]
    for error in errors[:2]:
        assert "rank 2 of 3 died, so the others stop too; the last checkpoint is kept" in error
        assert "Traceback" not in error
    assert "rank 2 of 3 died" in log.read(folder / "log.jsonl")[-1]["reason"]
    images = checkpoint(folder)[1]["progress"]["images"]
    assert tiny.go_on(folder, images=images + 24).images == images + 24, "the folder was not locked any more"


def test_a_leader_that_is_killed_is_named_too_and_its_parent_ends(tmp_path):
    folder = tmp_path / "run"
    parent = started(folder, *LONG, "--processes", "2")
    training(folder)
    os.kill(json.loads((folder / "owner.json").read_text())["pid"], signal.SIGKILL)
    _, error = parent.communicate(timeout=PATIENCE)
    assert parent.returncode == 2
    assert "rank 0 of 2 died" in error and "Traceback" not in error
    images = checkpoint(folder)[1]["progress"]["images"]
    assert tiny.go_on(folder, images=images + 24).images == images + 24


OVERFLOWS = '''
"""A critic with a buffer that leaves what a computer can hold, which the leader alone looks at."""
from dataclasses import replace
import torch
from torch import nn
from mulligan import recipes
from mulligan.networks import mlp

class Counting(nn.Module):
    def __init__(self, facts):
        super().__init__()
        self.inside = mlp.Critic(hidden=(12,)).fit(facts.shape, 0).build("torch")
        self.register_buffer("energy", torch.zeros(()))

    def forward(self, samples, label=None):
        with torch.no_grad():
            self.energy += samples.square().sum() * 1e35
        return self.inside(samples)

networks = {"generator": mlp.Generator(latent=4, hidden=(12,)), "critic": Counting}
recipe = replace(recipes.get("dense"), networks=networks, latent=4)
'''


@pytest.mark.slow
def test_what_the_leader_alone_finds_not_finite_leaves_nobody_waiting(tmp_path):
    (tmp_path / "overflows.py").write_text(OVERFLOWS)
    words = ("--recipe", str(tmp_path / "overflows.py"), "--watch", "act", "--steps", "200", "--set", "tick_images=240")
    process = started(tmp_path / "run", *words, "--processes", "2", settings=())
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2 and "the run gave up: not-finite again after 3 mulligans" in error, error


@pytest.mark.slow
def test_all_take_a_mulligan_together(tmp_path):
    words = ("--watch", "act", "--mulligans", "2", "--steps", "100", "--set", "learning_rate=1e12")
    process = started(tmp_path / "run", *words, "--processes", "2")
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2 and error.count("the run gave up") == 1
    taken = [event for event in log.read(tmp_path / "run" / "log.jsonl") if event["event"] == "mulligan"]
    assert [event["number"] for event in taken] == [1, 2]


@pytest.mark.slow
def test_a_parent_that_is_killed_leaves_no_orphans(tmp_path):
    folder = tmp_path / "run"
    parent = started(folder, *LONG, "--processes", "2")
    training(folder)
    parent.kill()
    wait_for(lambda: not (folder / "owner.json").exists())
    assert log.read(folder / "log.jsonl")[-1]["reason"] == "interrupted"


def test_a_process_that_dies_before_all_have_met_is_named_by_the_parent(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(launch, "LAST_WORDS", 0.0)
    killer = "import os, sys; os.kill(os.getpid(), 9) if os.environ['RANK'] == '1' else sys.stdin.read()"
    monkeypatch.setattr(launch, "_COMMAND", (sys.executable, "-c", killer))
    assert launch.launch([], 2) == 128 + signal.SIGKILL
    assert "rank 1 of 2 was ended by SIGKILL; start it again" in capfd.readouterr().err


@pytest.mark.slow
def test_a_mistake_is_told_once(tmp_path):
    process = started(tmp_path / "run", "--steps", "6", "--processes", "2", batch=25)
    out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert error.count("a batch of 25 cannot be shared evenly by 2 processes; type --batch 24 or 26") == 1
    assert error.count("\n") == 1


@pytest.mark.slow
def test_torchrun_starts_a_run_too(tmp_path):
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "--standalone",
        "-m",
        "mulligan",
    ]
    words = [*TRAIN[3:], "toy:ring", *SETTINGS, "--steps", "6", "--batch", "24", "--out", str(tmp_path / "run")]
    done = subprocess.run([*torchrun, *words], capture_output=True, text=True, check=True)
    assert done.stdout.count("144 images, stopped by budget") == 1


def test_what_torchrun_and_slurm_say_of_a_process_is_understood():
    torchrun = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "a"}
    assert place(torchrun | {"MASTER_PORT": "5"}).__dict__ == {
        "rank": 3, "size": 4, "local_rank": 1, "local_size": 2, "host": "a", "port": 5,
    }  # fmt: skip
    slurm = {"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0", "MASTER_ADDR": "a"}
    assert (place(slurm).rank, place(slurm).size, place(slurm).local_size) == (1, 2, 1)
    assert place({}) is None
    assert place({"RANK": "0", "WORLD_SIZE": "1"}) is None, "a job of one process needs nobody"
    assert place({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}) is None, "a batch script of SLURM itself, without srun"
    for wrong in ({"RANK": "x", "WORLD_SIZE": "2"}, {"RANK": "2", "WORLD_SIZE": "2"}):
        with pytest.raises(DeviceError, match="RANK"):
            place(wrong)


def test_processes_are_started_once(monkeypatch):
    assert wanted(2) and not wanted(1) and not wanted(None)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert not wanted(2) and not wanted(None)
    with pytest.raises(DeviceError, match="--processes 3 stands where torchrun or SLURM started 2"):
        wanted(3)
