"""Every network in TensorFlow gives the numbers of its twin in torch, and keeps the same contract."""

from functools import partial

import numpy as np
import pytest
import torch
from _tensorflow import channels_last, keras, tf
from _twins import SPECS, N, assert_close, twins

from mulligan.errors import RecipeError
from mulligan.networks._spectral_norm_keras import SpectralConv2D, SpectralDense
from mulligan.networks.r3_keras import GroupedConv2D
from mulligan.train import state_keras, state_torch

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
# Other sizes and channels differ in numbers alone, and to trace a function takes its time.
BY_KIND = [name for name in SPECS if "-size-" not in name and "-channels-" not in name]
every_kind = pytest.mark.parametrize("name", BY_KIND)


@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, "float64") for name in SPECS), *((name, "float32") for name in BY_KIND)]
)
def test_outputs_and_all_that_training_moves_agree(name, dtype):
    pair, share = twins(name, dtype), TOLERANCES[dtype]
    weights = sum(weight.numel() for weight in pair.torch.parameters())
    assert sum(int(np.prod(weight.shape)) for weight in pair.keras.trainable_variables) == weights
    for _ in range(3):
        for found, expected in zip(pair.in_keras(training=True), pair.in_torch(training=True), strict=True):
            assert_close(found, expected, share)
    expected, found = pair.states()
    assert found.keys() == expected.keys()
    for key, array in expected.items():
        assert_close(found[key], array, share)
    for found, expected in zip(pair.in_keras(training=False), pair.in_torch(training=False), strict=True):
        assert_close(found, expected, share)


@every_kind
def test_what_tensorflow_trained_goes_on_in_torch(name):
    pair = twins(name)
    pair.in_keras(training=True)  # statistics and vectors move away from their start
    fresh = twins(name)
    arrays = state_keras.network_arrays(pair.keras)
    state_torch.load_network(fresh.torch, arrays)
    again = state_torch.network_arrays(fresh.torch)
    assert all(np.array_equal(again[key], array) and again[key].dtype == array.dtype for key, array in arrays.items())
    # The next training output depends on everything that is kept between two steps.
    state_keras.load_network(pair.keras, arrays)
    for found, expected in zip(pair.in_keras(training=True), fresh.in_torch(training=True), strict=True):
        assert_close(found, expected, TOLERANCES["float64"])


@every_kind
def test_in_inference_a_sample_is_the_same_alone_and_nothing_moves(name):
    pair = twins(name)
    _, before = pair.states()
    together = pair.in_keras(training=False)[0]
    for i in (0, N - 1):
        assert_close(pair.in_keras(training=False, rows=slice(i, i + 1))[0], together[i : i + 1], 1e-12)
    assert np.array_equal(pair.in_keras(training=False)[0], together)
    _, after = pair.states()
    assert all(np.array_equal(before[key], after[key]) for key in before)


def slopes_in_torch(pair, is_critic):
    """Gradients of what a turn minimizes by all weights; a critic's input gradient is part of it."""
    pair.torch.train()
    samples = torch.from_numpy(pair.samples).requires_grad_()
    label = None if pair.label is None else torch.from_numpy(pair.label)
    output = pair.torch(samples, label)
    if is_critic:
        (slope,) = torch.autograd.grad(output.score.sum(), samples, create_graph=True)
        loss = output.score.square().sum() + slope.square().sum()
        loss = loss + sum(feature.square().mean() for feature in output.features)
    else:
        loss = output.square().sum()
    names, weights = zip(*pair.torch.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, weights, materialize_grads=True)
    return dict(zip(names, (part.numpy() for part in found), strict=True))


def slopes_in_keras(pair, is_critic):
    """The same as a traced function gives them."""
    places = state_keras.places(pair.keras)
    weights = {key: place for key, place in places.items() if place.variable.trainable}

    def slopes(samples, label):
        with tf.GradientTape() as tape:
            if is_critic:
                with tf.GradientTape(watch_accessed_variables=False) as inner:
                    inner.watch(samples)
                    output = pair.keras(samples, label, training=True)
                slope = inner.gradient(output.score, samples)
                loss = tf.reduce_sum(output.score**2) + tf.reduce_sum(slope**2)
                loss += sum(tf.reduce_mean(feature**2) for feature in output.features)
            else:
                loss = tf.reduce_sum(pair.keras(samples, label, training=True) ** 2)
        variables = [place.variable.value for place in weights.values()]
        return tape.gradient(loss, variables, unconnected_gradients="zero")

    label = None if pair.label is None else tf.constant(pair.label)
    found = tf.function(slopes, autograph=False)(tf.constant(channels_last(pair.samples)), label)
    return {key: place.outward(part) for (key, place), part in zip(weights.items(), found, strict=True)}


@every_kind
def test_gradients_of_all_weights_agree_and_those_through_input_gradients(name):
    is_critic = name.startswith("Critic")
    pair = twins(name)
    expected, found = slopes_in_torch(pair, is_critic), slopes_in_keras(pair, is_critic)
    assert found.keys() == expected.keys()
    largest = max(np.abs(array).max() for array in expected.values())
    for key, array in expected.items():
        assert array.any(), f"{key} has no gradient"
        np.testing.assert_allclose(found[key], array, rtol=1e-8, atol=1e-11 * largest, err_msg=key)
    torch_state, keras_state = pair.states()
    for key, array in torch_state.items():
        assert_close(keras_state[key], array, 1e-11)


@pytest.mark.parametrize("name", [name for name in SPECS if SPECS[name].labels])
def test_every_label_matters_and_none_gets_a_sentence(name):
    pair = twins(name)
    other = (pair.label + 1) % SPECS[name].labels
    samples = channels_last(pair.samples)
    first, second = pair.keras(samples, pair.label), pair.keras(samples, other)
    first, second = (getattr(output, "score", output).numpy() for output in (first, second))
    assert np.abs(first - second).reshape(N, -1).max(1).all()
    with pytest.raises(RecipeError, match="pass label="):
        pair.keras(samples)


@pytest.mark.parametrize("name", ["Generator-resnet-labels-3", "Critic-r3-small", "Critic-mlp-waves-6"])
def test_the_summary_names_the_layers(name):
    lines = []
    twins(name).keras.summary(print_fn=lines.append)
    text = "\n".join(lines)
    layer = {"resnet": "up.0.norm1.norm", "r3": "stages.0.0.mix", "mlp": "dense.0"}[name.split("-")[1]]
    assert layer in text and "Trainable params" in text and "None, " in text


@pytest.mark.parametrize("name", ["Generator-dcgan-labels-3", "Critic-resnet-labels-3", "Generator-r3-small"])
def test_keras_saves_and_loads_it_as_a_model(name, tmp_path):
    pair = twins(name)
    pair.keras.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    assert type(again) is type(pair.keras) and again.spec == SPECS[name]
    expected, found = pair.in_keras(training=False)[0], again(channels_last(pair.samples), pair.label)
    assert_close(np.asarray(getattr(found, "score", found), expected.dtype), expected, 1e-5)


def test_dropout_acts_in_training_alone():
    spec = SPECS["Critic-convcritic-small"]
    critic = type(spec)(dropout=0.5).build("tensorflow")
    view = tf.random.normal((4, *critic.spec.shape))
    assert not np.array_equal(critic(view, training=True).score, critic(view, training=True).score)
    assert np.array_equal(critic(view, training=False).score, critic(view).score)
    zeros = np.mean(critic(view, training=True).features[0] == 0)
    assert zeros == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (partial(SpectralConv2D, 4, 3), (2, 5, 5, 3)),
        (partial(SpectralDense, 4), (2, 3)),
        (partial(GroupedConv2D, 4, 3, groups=2), (2, 5, 5, 6)),
    ],
)
def test_layers_can_do_without_a_bias(layer, shape):
    x = tf.random.normal(shape)
    bare, other = layer(use_bias=False), layer()
    y = bare(x)
    other(x)
    other.set_weights([*bare.get_weights()[:1], other.get_weights()[1], *bare.get_weights()[1:]])
    np.testing.assert_allclose(y, other(x), rtol=1e-6)
