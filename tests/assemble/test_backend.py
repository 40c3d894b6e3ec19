"""What a recipe and a device make of a backend: which networks are compiled, which precision, which device."""

import json

import _tiny_runs as tiny
import numpy as np
import pytest
import torch

from mulligan.assemble import backend_torch
from mulligan.assemble._backend import open_backend
from mulligan.errors import DeviceError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.r1_r2 import R1
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws

SHAPE = (4, 4, 1)
DENSE = {
    "generator": mlp.Generator(size=4, channels=1, latent=5, hidden=(12,)),
    "critic": mlp.Critic(size=4, channels=1, hidden=(12,)),
}


def recipe(game, **changes) -> Recipe:
    return Recipe(game, DENSE, **changes)


@pytest.mark.parametrize("penalties, expected", [((), {"generator", "critic"}), ((R1(),), {"generator"})])
def test_networks_are_compiled_unless_their_input_gradient_is_asked_for(penalties, expected, monkeypatch):
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda network: compiled.append(network))
    step = open_backend("torch", "cpu").step(recipe(TwoPlayer(Hinge(), penalties), compile=True), SHAPE, 0, seed=0)
    assert {role for role, network in step.networks.items() if network in compiled} == expected


@pytest.mark.slow
def test_a_compiled_run_trains(tmp_path):
    result = tiny.start(tmp_path / "run", steps=2, set=("compile=true", "game.penalties=r1"))
    assert result.images == 2 * tiny.BATCH


@pytest.mark.parametrize("name", ["cpu:foo", "cpu:1", "cpu:", "cpu:-1"])
def test_a_device_of_another_number_gets_a_sentence(name):
    with pytest.raises(DeviceError, match=f"no device '{name}'; expected cpu, or one of cpu:0"):
        open_backend("torch", name)


def test_a_card_that_is_not_there_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert open_backend("torch", "cuda:1").device == torch.device("cuda", 1)
    with pytest.raises(DeviceError, match="no device 'cuda:99'; expected cuda, or one of cuda:0, cuda:1"):
        open_backend("torch", "cuda:99")


@pytest.mark.parametrize("fast", [True, False])
def test_a_run_writes_down_which_precision_auto_was_and_keeps_it(fast, tmp_path, monkeypatch):
    monkeypatch.setattr(backend_torch, "_fast_bfloat16", lambda device: fast)
    run = tiny.start(tmp_path / "run", steps=2).folder
    monkeypatch.setattr(backend_torch, "_fast_bfloat16", lambda device: not fast)
    tiny.go_on(run, steps=4)
    resolved = json.loads((run / "recipe.json").read_text())
    assert resolved["recipe"]["precision"] == ("bfloat16" if fast else "float32")
    assert any(choice.startswith("precision: bfloat16") for choice in resolved["choices"]) == fast


def test_memory_is_in_bytes_where_the_system_counts_in_bytes(monkeypatch):
    backend = open_backend("torch", "cpu")
    monkeypatch.setattr("sys.platform", "linux")
    kilobytes = backend.memory_bytes()
    monkeypatch.setattr("sys.platform", "darwin")
    assert kilobytes / backend.memory_bytes() == pytest.approx(1024, rel=0.1)


def test_layers_that_are_kept_are_not_clipped_either():
    backend, game = open_backend("torch", "cpu"), TwoPlayer(Wasserstein(weight_clip=1e-4))
    clipped = recipe(game, batch_size=8)
    step = backend.step(clipped, SHAPE, 0, seed=0)
    backend.freeze_first_layers(step, "critic", 1)
    weights = list(step.networks["critic"].parameters())
    before = [weight.clone() for weight in weights]
    z, real = torch.randn(8, 5), torch.randn(8, 1, 4, 4)
    step([{"z": z, "mix": torch.rand(8), "real": real}] * 2, clipped.numbers(0), 0)
    kept = [not weight.requires_grad for weight in weights]
    assert True in kept and False in kept
    for weight, old, stays in zip(weights, before, kept, strict=True):
        assert torch.equal(weight, old) if stays else weight.abs().max() <= 1.01e-4
    assert max(weight.abs().max() for weight in weights) > 1e-2, "else there was nothing to clip"


def test_statistics_are_measured_for_labels_in_the_shares_of_the_data():
    networks = {
        "generator": dcgan.Generator(size=8, channels=1, latent=5, width=4, labels=2),
        "critic": dcgan.Critic(size=8, channels=1, width=4, labels=2),
    }
    backend, draws = open_backend("torch", "cpu"), Draws(0)
    conditional = Recipe(TwoPlayer(Hinge()), networks, labels=True)
    shown = []
    step = backend.step(conditional, (8, 8, 1), 2, seed=0)
    step.ema.network.register_forward_pre_hook(lambda network, inputs: shown.append(inputs[1]))
    backend.product(step, conditional, draws, (90, 10))
    assert np.mean(torch.cat(shown).numpy()) == pytest.approx(0.1, abs=0.03)
