"""Every objective and penalty gives the same numbers in torch, in eager TensorFlow and in a traced function.

Values, and the gradients of both networks' weights in both players' turns; those of penalties are second derivatives.
"""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from _small_play import KINDS, SHAPE, N, SmallCritic, Table, game_of, gradients
from _small_play_keras import Found, TwinTable
from _tensorflow import tf

from mulligan import ops_keras, ops_torch

NOISE_SEED = 11
# Relative, and absolute as a share of the turn's largest number: what is far smaller is so by cancellation.
TOLERANCES = {"float64": (1e-8, 1e-12), "float32": (1e-5, 1e-6)}


def parts():
    """(name, objective or penalty) for every class of the folder, and once more for each choice that it offers."""
    for name, kind in KINDS.items():
        yield name, kind()
        if "label_smoothing" in {field.name for field in fields(kind)}:
            yield f"{name}-smoothed", replace(kind(), label_smoothing=0.1)


PARTS = dict(parts())
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)


@pytest.fixture
def same_noise(monkeypatch):
    """Torch is given the noise that TensorFlow draws: no two frameworks draw the same, whatever the seed."""

    def noise_like(x):
        ops_keras.seed_noise(NOISE_SEED)
        noise = ops_keras.uniform_like(tf.zeros((N, *SHAPE[1:], SHAPE[0]), str(x.dtype).removeprefix("torch.")))
        return torch.from_numpy(np.moveaxis(noise.numpy(), -1, 1).copy())

    monkeypatch.setattr(ops_torch, "uniform_like", noise_like)


@every_part
@pytest.mark.parametrize(
    ("dtype", "patches"), [("float64", False), ("float64", True), ("float32", False)], ids=["float64", "map", "float32"]
)
def test_values_and_all_gradients_agree(part, dtype, patches, same_noise):
    for player in ("critic", "generator"):
        table = table_of(patches, dtype)
        expected = in_torch(table, game_of(part), player)
        assert any(np.abs(array).max() > 1e-3 for array in expected.gradients.values()), "zeros would prove nothing"
        twin = TwinTable(table, dtype)
        for traced in (False, True):
            ops_keras.seed_noise(NOISE_SEED)
            assert_same(twin.play(game_of(part), player, traced=traced), expected, dtype)


def table_of(patches, dtype):
    table = Table(critic=SmallCritic(patches))
    for network in (table.critic, table.generator):
        network.to(getattr(torch, dtype))
    table.batch = {name: part.to(getattr(torch, dtype)) for name, part in table.batch.items()}
    return table


def in_torch(table, game, player):
    terms, estimates = table.play(game, player)
    total = sum(terms.values())
    found = {}
    for role in ("generator", "critic"):
        network = getattr(table, role)
        names = [f"{role}/{name}" for name, _ in network.named_parameters()]
        found |= dict(zip(names, (part.numpy() for part in gradients(total, network)), strict=True))
    return Found({name: value.detach().numpy() for name, value in (terms | estimates).items()}, found)


def assert_same(found, expected, dtype):
    relative, share = TOLERANCES[dtype]
    for own, theirs in zip(found, expected, strict=True):
        assert own.keys() == theirs.keys()
        floor = share * max(np.abs(array).max() for array in theirs.values())
        for name, array in theirs.items():
            assert own[name].dtype == dtype
            np.testing.assert_allclose(own[name], array, rtol=relative, atol=floor, err_msg=name)
