"""A run that was stopped anywhere goes on bit for bit as if it had not been."""

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import _tiny_runs as tiny
import pytest

from mulligan.assemble import _framework
from mulligan.assemble.plan import Options
from mulligan.assemble.training import resume
from mulligan.augment.diffaug import DiffAugment
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.schedule import Linear

PLAIN, NOISY = tiny.PLAIN, tiny.NOISY
CONVOLUTIONAL = {
    "generator": dcgan.Generator(latent=4, width=4),
    "critic": dcgan.Critic(width=4, normalization="spectral"),
}
RECIPES = {
    "labels, mirror, accumulation": replace(PLAIN, name="a", labels=True, mirror=True, accumulate=3),
    "dropout and instance noise": replace(NOISY, name="b", instance_noise=Linear(0.3, 0.0, share=0.5)),
    "augmentation, spectral norm, rmsprop": replace(
        PLAIN, name="c", networks=CONVOLUTIONAL, augment=DiffAugment(), augment_probability=0.5, optimizer="rmsprop"
    ),
    "critic turns and a gradient penalty": replace(
        PLAIN,
        name="d",
        game=TwoPlayer(Wasserstein(), penalties=(GradientPenalty(),), critic_turns=3),
        gradient_clip=1.0,
    ),
}


def start(folder, recipe, steps, **options):
    return tiny.start(folder, recipe=recipe, batch=None, steps=steps, **options)


def stop_at(updates, action):
    with tiny.signal_after(updates):
        result = action()
    assert result.reason == "interrupted"
    assert "mulligan train --resume" in result.summary()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A run of four epochs (899 digits, 30 to a batch)."""
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    start(folder, NOISY, 120)
    return folder


def test_a_run_stopped_at_seven_random_steps_equals_the_unbroken_one_bit_for_bit(unbroken, tmp_path):
    folder = tmp_path / "run"
    steps = sorted(random.Random(7).sample(range(2, 118), 7))
    # Among them twice within one epoch of 30 steps, and most of them between two ticks.
    assert any(later // 30 == earlier // 30 for earlier, later in pairwise(steps))
    before = 0
    for index, step in enumerate(steps):
        action = (lambda: start(folder, NOISY, 120)) if index == 0 else (lambda: tiny.go_on(folder))
        stop_at(2 * (step - before) - index % 2, action)  # now after the critic's turn, now after the generator's
        before = step
    assert tiny.go_on(folder).reason == "budget"
    assert tiny.state(folder) == tiny.state(unbroken)
    assert tiny.model(folder) == tiny.model(unbroken)
    assert tiny.model(folder, "best.safetensors") == tiny.model(unbroken, "best.safetensors")
    assert tiny.history(folder) == tiny.history(unbroken)
    assert [p.read_bytes() for p in grids(folder)] == [p.read_bytes() for p in grids(unbroken)]


def grids(folder):
    return sorted((folder / "samples").iterdir())


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_of_recipe_goes_on_exactly(kind, tmp_path):
    recipe = RECIPES[kind]
    turns = len(recipe.game.turns)
    start(tmp_path / "unbroken", recipe, 24)
    stop_at(10 * turns, lambda: start(tmp_path / "run", recipe, 24))
    stop_at(3 * turns, lambda: tiny.go_on(tmp_path / "run"))
    tiny.go_on(tmp_path / "run")
    for told in (tiny.state, tiny.model, tiny.history):
        assert told(tmp_path / "run") == told(tmp_path / "unbroken")


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_streamed_set_gives_the_numbers_of_a_resident_one(workers, unbroken, tmp_path, monkeypatch):
    monkeypatch.setattr(_framework, "RESIDENT_BYTES", 1000)
    stop_at(2 * 41, lambda: start(tmp_path / "run", NOISY, 120, workers=workers))
    tiny.go_on(tmp_path / "run", workers=2 - workers)
    assert tiny.state(tmp_path / "run") == tiny.state(unbroken)
    assert tiny.history(tmp_path / "run") == tiny.history(unbroken)


def test_a_larger_budget_extends_the_tail_with_the_schedules_as_they_were(tmp_path):
    recipe = replace(PLAIN, score_every_ticks=1000, learning_rate=1e-3, beta2=0.99)
    start(tmp_path / "long", recipe, 40)
    start(tmp_path / "run", recipe, 25)
    assert tiny.go_on(tmp_path / "run", steps=40).images == 40 * 30
    assert tiny.model(tmp_path / "run") == tiny.model(tmp_path / "long")

    start(tmp_path / "scheduled", PLAIN, 25)
    tiny.go_on(tmp_path / "scheduled", steps=40)
    rates = [
        tick["numbers"]["learning_rate"] for tick in tiny.history(tmp_path / "scheduled") if tick["event"] == "tick"
    ]
    assert rates[-1] == pytest.approx(1e-4) and sorted(rates, reverse=True) == rates


def test_a_finished_run_has_nothing_more_to_do(unbroken):
    before = tiny.state(unbroken), tiny.model(unbroken)
    assert tiny.go_on(unbroken).reason == "budget"
    assert (tiny.state(unbroken), tiny.model(unbroken)) == before


def test_another_machine_is_told_of_as_the_last_bits_may_differ(tmp_path, capsys):
    tiny.start(tmp_path / "run", steps=2)
    tiny.go_on(tmp_path / "run", steps=3)
    assert "the last bits" not in capsys.readouterr().out
    file = tmp_path / "run" / "recipe.json"
    resolved = json.loads(file.read_text())
    threads = resolved["environment"]["threads"]
    resolved["environment"] |= {"device": "NVIDIA H100", "framework": "torch 1.0"}
    file.write_text(json.dumps(resolved))
    resume(tmp_path / "run", Options(steps=4, cache=False), display="plain")
    said = next(line for line in capsys.readouterr().out.splitlines() if "the last bits" in line)
    assert "device NVIDIA H100 then, cpu now" in said and "framework torch 1.0 then, torch 2" in said
    assert f"threads {threads}" not in said, "the run's own number of threads is used again"


SCRIPT = """
import sys
sys.path[:0] = {path!r}
import torch, _tiny_runs as tiny
from pathlib import Path
torch.set_num_threads(1)
tiny.start(Path(sys.argv[1]), steps=12, labels=True, set=("instance_noise=0.1", "tick_images=40"))
print(tiny.state(Path(sys.argv[1])), tiny.model(Path(sys.argv[1])), tiny.history(Path(sys.argv[1])))
"""


def test_two_processes_with_another_hash_seed_and_locale_compute_the_same(tmp_path):
    path = [entry for entry in sys.path if entry.endswith(("tests", "src"))]
    told = []
    for name, settings in {
        "a": {"PYTHONHASHSEED": "0", "LC_ALL": "C"},
        "b": {"PYTHONHASHSEED": "4242", "LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Tokyo"},
    }.items():
        command = [sys.executable, "-c", SCRIPT.format(path=path), str(tmp_path / name)]
        told.append(
            subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | settings).stdout
        )
    assert told[0] == told[1] and "frechet" in told[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_saves_within_the_step(number, tmp_path):
    with tiny.signal_after(9, number):
        result = tiny.start(tmp_path / "run", steps=1000)
    assert (result.reason, result.images) == ("interrupted", 5 * tiny.BATCH)
    assert max((tmp_path / "run" / "checkpoints").iterdir()).name == "000000000040.safetensors"
    assert not (tmp_path / "run" / "owner.json").exists()


def test_a_run_that_has_had_its_budget_says_what_to_type(tmp_path, capsys):
    folder = tiny.start(tmp_path / "run", steps=4).folder
    resume(folder, Options(cache=False), display="plain")
    said = "the run has had its budget, 32 images all sittings together; to go on, type say --images 64"
    assert said in capsys.readouterr().out
    assert tiny.go_on(folder, images=64).images == 64
