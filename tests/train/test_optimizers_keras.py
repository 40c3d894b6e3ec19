"""Optimizers, averages and bounds of gradients in TensorFlow do what those of torch do, to the last digits."""

import numpy as np
import pytest
import torch
from _tensorflow import floats, keras, tf

from mulligan.train.ema_keras import Ema
from mulligan.train.ema_torch import Ema as EmaOfTorch
from mulligan.train.gradients_keras import bounded
from mulligan.train.gradients_torch import gradient_norm
from mulligan.train.optimizers_keras import Adam, RMSprop

SHAPES = ((3, 4), (4,))
CASES = {
    "adam": (
        lambda: Adam(beta_1=0.5, epsilon=0.1),
        lambda w: torch.optim.Adam(w, betas=(0.5, 0.9), eps=0.1, fused=True),
    ),
    "adam without momentum": (
        lambda: Adam(beta_1=0.0, epsilon=1e-8),
        lambda w: torch.optim.Adam(w, betas=(0.0, 0.9), fused=True),
    ),
    "rmsprop": (RMSprop, torch.optim.RMSprop),
}


@pytest.mark.parametrize("kind", CASES)
def test_updates_and_state_are_those_of_torch_with_numbers_that_change(kind):
    make, make_in_torch = CASES[kind]
    random = np.random.default_rng(0)
    with floats("float64"):
        own = [keras.Variable(random.normal(size=shape)) for shape in SHAPES]
        optimizer = make()
        optimizer.build(own)
    theirs = [torch.nn.Parameter(torch.from_numpy(weight.numpy().copy())) for weight in own]
    other = make_in_torch(theirs)
    for rate, beta2 in zip(np.linspace(0.1, 0.01, 10), np.linspace(0.9, 0.999, 10), strict=True):
        gradients = [random.normal(size=shape) for shape in SHAPES]
        optimizer.move([tf.constant(each) for each in gradients], own, tf.constant(rate), tf.constant(beta2))
        for group in other.param_groups:
            group["lr"] = rate
            if "betas" in group:
                group["betas"] = (group["betas"][0], beta2)
        for weight, gradient in zip(theirs, gradients, strict=True):
            weight.grad = torch.from_numpy(gradient)
        other.step()
    assert int(optimizer.iterations) == 10
    for mine, weight in zip(own, theirs, strict=True):
        np.testing.assert_allclose(mine.numpy(), weight.detach().numpy(), rtol=0, atol=1e-13)
        for name, state in optimizer.state_of(mine).items():
            np.testing.assert_allclose(state.numpy(), other.state[weight][name].numpy(), rtol=0, atol=1e-13)


def test_the_last_update_is_told_from_the_state():
    for make, _ in CASES.values():
        weight = keras.Variable(np.ones(5, np.float32))
        optimizer = make()
        optimizer.build([weight])
        for gradient in ([1.0, -2, 3, 0, 5], [2.0, 1, -1, 0, 1]):
            before = weight.numpy()
            optimizer.move(
                [tf.constant(gradient)], [weight], tf.constant(0.01, tf.float64), tf.constant(0.9, tf.float64)
            )
        told = 0.01 * optimizer.direction(weight, 0.9).numpy()
        np.testing.assert_allclose(before - told, weight.numpy(), rtol=0, atol=1e-6)
        assert told[3] == 0 and told[0] != 0


def dense(units=5):
    return keras.Sequential([keras.Input((7,)), keras.layers.Dense(units), keras.layers.BatchNormalization()])


def test_the_average_is_that_of_torch_and_with_decay_zero_the_network_itself():
    random = np.random.default_rng(0)
    network, linear = dense(), torch.nn.Linear(7, 5)
    kernel, bias = network.layers[0].weights
    start = [random.normal(size=variable.shape).astype(np.float32) for variable in (kernel, bias)]

    def set_both(arrays):
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(arrays[0].T.copy()))
            linear.bias.copy_(torch.from_numpy(arrays[1]))
        kernel.assign(arrays[0])
        bias.assign(arrays[1])

    set_both(start)
    ema, other = Ema(network, dense()), EmaOfTorch(linear)
    for decay in random.uniform(0.5, 0.999, 50):
        set_both([random.normal(size=each.shape).astype(np.float32) for each in start])
        ema.update(network, decay)
        other.update(linear, decay)
    average = ema.network.layers[0].weights
    np.testing.assert_allclose(average[0].numpy().T, other.network.weight.numpy(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(average[1].numpy(), other.network.bias.numpy(), rtol=0, atol=1e-6)
    assert np.abs(average[0].numpy() - kernel.numpy()).max() > 0.1
    ema.update(network, 0.0)
    assert all(np.array_equal(a.numpy(), b.numpy()) for a, b in zip(average, (kernel, bias), strict=True))


def test_statistics_are_taken_over_and_not_averaged():
    network = dense()
    ema = Ema(network, dense())
    network.layers[1].moving_mean.assign(np.arange(5.0))
    ema.update(network, 0.5)
    assert not ema.network.layers[1].moving_mean.numpy().any()
    ema.take_buffers(network)
    assert np.array_equal(ema.network.layers[1].moving_mean.numpy(), np.arange(5.0))


@pytest.mark.parametrize("most", [None, 1.0, 100.0])
def test_the_norm_is_over_all_gradients_and_bounds_them_as_in_torch(most):
    random = np.random.default_rng(0)
    gradients = [random.normal(size=shape) for shape in SHAPES]
    network = torch.nn.ParameterList([torch.zeros(shape, dtype=torch.float64) for shape in SHAPES])
    for weight, gradient in zip(network, gradients, strict=True):
        weight.grad = torch.from_numpy(gradient.copy())
    norm, found = bounded([tf.constant(gradient) for gradient in gradients], most)
    assert float(norm) == pytest.approx(float(gradient_norm(network, most)), rel=1e-12)
    for own, weight in zip(found, network, strict=True):
        np.testing.assert_allclose(own.numpy(), weight.grad.numpy(), rtol=1e-12)
