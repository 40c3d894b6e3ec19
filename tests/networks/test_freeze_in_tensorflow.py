"""Frozen networks and measured statistics in TensorFlow: as in torch, and for layers that Keras brings."""

import numpy as np
import pytest
import torch
from _tensorflow import channels_last, floats, keras, tf
from _twins import SPECS, assert_close, twins

from mulligan.networks import _freeze_torch, _statistics_torch, dcgan, mlp
from mulligan.networks._freeze_keras import frozen
from mulligan.networks._statistics_keras import recalibrate
from mulligan.train import state_keras, state_torch

MOVING = [
    name for name in SPECS if name.endswith(("-labels-3", "-spectral", "Critic-dcgan-size-16", "Critic-resnet-small"))
]


def moved(network, before):
    after = state_keras.network_arrays(network)
    return [key for key, array in before.items() if not np.array_equal(array, after[key])]


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
@pytest.mark.parametrize("name", MOVING)
def test_a_frozen_network_judges_as_its_twin_does_and_does_not_move(name, traced):
    pair = twins(name)
    before = state_keras.network_arrays(pair.keras)

    def answer():
        with frozen(pair.keras):
            return pair.keras(channels_last(pair.samples), pair.label, training=True)

    found = tf.function(answer, autograph=False)() if traced else answer()
    pair.torch.train()
    with _freeze_torch.frozen(pair.torch):
        expected = pair.in_torch_as_it_is()[0]
    assert not moved(pair.keras, before)
    assert_close(getattr(found, "score", found).numpy(), expected, 1e-12)
    if any(key.endswith(("._u", "running_var")) for key in before):
        pair.in_keras(training=True)
        assert moved(pair.keras, before), "the same call outside must move it, or this test proves nothing"


def test_flags_come_back_as_they_were_even_after_an_error():
    critic = twins("Critic-dcgan-size-16").keras
    norm = next(layer for layer in critic.layers if hasattr(layer, "frozen"))
    with pytest.raises(ZeroDivisionError), frozen(critic):
        assert norm.frozen
        _ = 1 / 0
    assert not norm.frozen
    with frozen(critic), frozen(critic):
        pass
    assert not norm.frozen


def of_a_user():
    """A network of layers that Keras brings, which keep state in their own ways."""
    parts = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 3)),
        parts.SpectralNormalization(parts.Conv2D(4, 3)),
        parts.BatchNormalization(momentum=0.5),
        parts.Dropout(0.5),
        parts.Flatten(),
        parts.Dense(1),
    ])  # fmt: skip


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
def test_layers_of_keras_stay_as_they_are_and_dropout_goes_on(traced):
    critic, view = of_a_user(), tf.random.normal((4, 8, 8, 3))
    before = {weight.path: weight.numpy() for weight in critic.weights}

    def answer():
        with frozen(critic):
            return critic(view, training=True)

    answer = tf.function(answer, autograph=False) if traced else answer
    assert not np.array_equal(answer(), answer())
    assert all(np.array_equal(weight, before[weight.path]) for weight in critic.weights)
    critic(view, training=True)
    assert sum(not np.array_equal(weight, before[weight.path]) for weight in critic.weights) >= 4


@pytest.mark.parametrize("spec", [
    mlp.Generator(size=8, channels=1, latent=5, hidden=(12,), batch_norm=True),
    dcgan.Generator(size=8, channels=1, latent=5, width=4, labels=3),
], ids=["dense", "convolutional"])  # fmt: skip
def test_measured_statistics_are_those_that_torch_measures(spec):
    with floats("float64"):
        of_torch, of_keras = spec.build("torch").double(), spec.build("tensorflow")
    random, label = np.random.default_rng(0), np.arange(7) % 3 if spec.labels else None
    batches = [(random.standard_normal((7, 5)), label)[: 2 if spec.labels else 1] for _ in range(3)]
    of_keras(*batches[0], training=True)
    state_torch.load_network(of_torch, state_keras.network_arrays(of_keras))
    recalibrate(of_keras, batches)
    _statistics_torch.recalibrate(of_torch, [tuple(map(torch.from_numpy, batch)) for batch in batches])
    expected, found = state_torch.network_arrays(of_torch), state_keras.network_arrays(of_keras)
    assert any(np.abs(array).max() > 1e-3 for key, array in found.items() if key.endswith("running_mean"))
    for key, array in expected.items():
        assert_close(found[key], array, 1e-12)
    norms = [layer for layer in of_keras.layers if hasattr(layer, "measuring")]
    assert norms and all(norm.momentum == 0.1 and not norm.measuring for norm in norms)


def test_statistics_of_keras_own_batch_norm_are_measured_too():
    norm = keras.layers.BatchNormalization()
    network = keras.Sequential([keras.Input((5,)), norm])
    batches = [(np.random.default_rng(seed).standard_normal((20, 5), np.float32) + seed,) for seed in range(3)]
    recalibrate(network, batches)
    np.testing.assert_allclose(norm.moving_mean, np.mean([z.mean(0) for (z,) in batches], 0), rtol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, np.mean([z.var(0) for (z,) in batches], 0), rtol=1e-4)
    assert norm.momentum == 0.99


def test_without_batch_norm_nothing_is_measured_and_no_batch_drawn():
    def batches():
        raise AssertionError("a batch was drawn")
        yield

    recalibrate(twins("Generator-mlp-small").keras, batches())
