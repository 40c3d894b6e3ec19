"""The state of a step goes to arrays and comes back, or is refused by name."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mulligan.assemble._backend import open_backend
from mulligan.errors import RunError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe
from mulligan.train import state_torch

NETWORKS = {
    "generator": dcgan.Generator(size=8, channels=1, latent=4, width=4),
    "critic": dcgan.Critic(size=8, channels=1, width=4, normalization="spectral"),
}
RECIPE = Recipe(game=TwoPlayer(NonSaturating()), networks=NETWORKS, batch_size=8)


def step_of(recipe, seed=0):
    return open_backend("torch", "cpu").step(recipe, (8, 8, 1), 0, seed=seed)


def play(step, images):
    random = torch.Generator().manual_seed(images)
    batch = {
        "real": torch.rand(8, 1, 8, 8, generator=random),
        "z": torch.randn(8, 4, generator=random),
        "mix": torch.rand(8, generator=random),
    }
    step([batch, batch], RECIPE.numbers(images), images)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_weights_buffers_averages_and_optimizers_come_back(optimizer):
    recipe = replace(RECIPE, optimizer=optimizer)
    step, other = step_of(recipe), step_of(recipe, seed=1)
    for images in (0, 8, 16):
        play(step, images)
    arrays = state_torch.step_arrays(step)
    places = {name.partition("/")[0] for name in arrays}
    assert places == {"network", "ema", "optimizer"}
    assert any("_u" in name for name in arrays), "the vectors of spectral norm"
    assert any("running_var" in name for name in arrays)
    assert {name.rpartition("//")[2] for name in arrays if name.startswith("optimizer/")} == (
        {"step", "exp_avg", "exp_avg_sq"} if optimizer == "adam" else {"step", "square_avg"}
    )
    state_torch.load_step(other, arrays)
    for images in (24, 32):
        play(step, images)
        play(other, images)
    one, two = state_torch.step_arrays(step), state_torch.step_arrays(other)
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_arrays_are_copies():
    step = step_of(RECIPE)
    before = state_torch.step_arrays(step)
    kept = {name: array.copy() for name, array in before.items()}
    play(step, 0)
    assert all(np.array_equal(before[name], kept[name]) for name in kept)


def test_a_step_that_has_not_moved_has_no_optimizer_state():
    arrays = state_torch.step_arrays(step_of(RECIPE))
    assert not any(name.startswith("optimizer/") for name in arrays)
    state_torch.load_step(step_of(RECIPE, seed=1), arrays)


def test_tensors_of_another_network_are_refused_by_name():
    network = NETWORKS["critic"].build("torch")
    other = state_torch.network_arrays(mlp.Critic(size=8, channels=1, hidden=(5,)).build("torch"))
    with pytest.raises(
        RunError, match=r"does not fit the network: \d+ tensors differ, '.*' among them; use the recipe"
    ):
        state_torch.load_network(network, other)
    with pytest.raises(RunError, match="none of the given model's tensors fits"):
        state_torch.take_matching(network, {"elsewhere": np.zeros(3, np.float32)})


def test_what_fits_is_taken_and_the_rest_is_named():
    small, large = (dcgan.Critic(size=size, channels=1, width=4).build("torch") for size in (8, 16))
    left = state_torch.take_matching(large, state_torch.network_arrays(small))
    own, given = large.state_dict(), small.state_dict()
    taken = [name for name in own if name not in left]
    assert taken and all(torch.equal(own[name], given[name]) for name in taken)
    assert all(name not in given or given[name].shape != own[name].shape for name in left)
