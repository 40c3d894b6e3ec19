"""Networks of TensorFlow start as those of torch do: each weight from the same distribution."""

import numpy as np
import pytest
import torch
from _tensorflow import keras
from scipy.stats import ks_2samp

from mulligan.networks import convcritic, dcgan, mlp, r3, resnet
from mulligan.train import state_keras, state_torch

SPECS = [
    mlp.Generator(size=8, labels=3, batch_norm=True),
    mlp.Critic(size=8, waves=20),
    convcritic.Critic(size=8, labels=3),
    dcgan.Generator(size=16, labels=50, width=16),
    dcgan.Generator(size=16, width=16, normalization="none"),
    dcgan.Critic(size=16, labels=50, width=32),
    dcgan.Critic(size=16, labels=50, width=32, normalization="spectral"),
    resnet.Generator(size=16, labels=50, width=32),
    resnet.Critic(size=16, labels=50, width=32),
    resnet.Critic(size=16, labels=50, width=32, spectral_norm=False),
    r3.Generator(size=16, labels=50, width=32, blocks=1),
    r3.Critic(size=16, labels=50, width=32, blocks=1, group_size=8),
]
SMALLEST_P = 1e-4  # of about 150 comparisons, with fixed seeds


def name_of(spec):
    kind = type(spec)
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}-{spec.labels}"


def started(spec):
    torch.manual_seed(1)
    keras.utils.set_random_seed(1)
    of_keras = spec.build("tensorflow")
    return state_torch.network_arrays(spec.build("torch")), state_keras.network_arrays(of_keras)


@pytest.mark.parametrize("spec", SPECS, ids=name_of)
def test_each_weight_starts_from_the_distribution_of_its_twin(spec):
    expected, found = started(spec)
    assert found.keys() == expected.keys()
    drawn = 0
    for key, array in expected.items():
        own = found[key]
        if key.endswith(("._u", "._v")):
            continue  # those follow from the weight beside them
        if array.size == 1 or array.std() == 0:
            assert np.array_equal(own, array), f"{key} starts at {own.ravel()[:3]}"
        else:
            drawn += 1
            assert ks_2samp(own.ravel(), array.ravel()).pvalue > SMALLEST_P, key
            assert own.std() == pytest.approx(array.std(), rel=5 / own.size**0.5), key
    assert drawn > 2


@pytest.mark.parametrize("spec", SPECS, ids=name_of)
def test_no_two_weights_start_alike(spec):
    _, found = started(spec)
    seen = {}
    for key, array in found.items():
        if array.size > 4 and array.std() > 0:
            start = tuple(np.sort(array.ravel())[:4] / array.std())
            assert start not in seen, f"{key} is {seen[start]}"
            seen[start] = key


@pytest.mark.parametrize("spec", [SPECS[6], SPECS[8]], ids=name_of)
def test_spectral_vectors_start_near_those_of_the_largest_singular_value(spec):
    _, found = started(spec)
    places = [key.removesuffix("original") for key in found if key.endswith("original")]
    assert len(places) > 3
    for place in places:
        matrix = found[f"{place}original"]
        matrix = matrix.reshape(len(matrix), -1)
        u, v = found[f"{place}0._u"], found[f"{place}0._v"]
        assert np.linalg.norm(u) == pytest.approx(1, rel=1e-5) and np.linalg.norm(v) == pytest.approx(1, rel=1e-5)
        assert u @ matrix @ v == pytest.approx(np.linalg.norm(matrix, 2), rel=0.1)


def test_a_seed_decides_the_start():
    one, two = (started(SPECS[8])[1] for _ in range(2))
    assert all(np.array_equal(one[key], two[key]) for key in one)
