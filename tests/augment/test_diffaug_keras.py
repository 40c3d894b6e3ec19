"""DiffAugment in TensorFlow does what it does in torch, with the same uniforms, and is differentiable twice."""

import numpy as np
import pytest
import torch
from _tensorflow import channels_last, tf

from mulligan.augment.diffaug import DiffAugment
from mulligan.augment.view_keras import View

POLICIES = [("color",), ("translation",), ("cutout",), ("cutout", "translation", "color")]
SHAPES = [(3, 16, 16), (1, 28, 28), (3, 17, 12)]
N = 40


def given(shape, policy, dtype=np.float64):
    random, spec = np.random.default_rng(0), DiffAugment(policy)
    return spec, random.uniform(-1, 1, (N, *shape)).astype(dtype), random.random((N, spec.uniforms), np.float32)


@pytest.mark.parametrize("policy", POLICIES, ids="-".join)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("probability", [0.0, 0.6, 1.0])
def test_samples_and_gradients_are_those_of_torch(policy, shape, probability):
    spec, images, uniforms = given(shape, policy)
    of_torch = torch.from_numpy(images).requires_grad_()
    wanted = spec.build("torch")(of_torch, torch.from_numpy(uniforms), probability)
    (slope,) = torch.autograd.grad(wanted.tanh().sum(), of_torch)

    apply, of_keras = spec.build("tensorflow"), tf.constant(channels_last(images))
    with tf.GradientTape() as tape:
        tape.watch(of_keras)
        found = apply(of_keras, tf.constant(uniforms), probability)
        total = tf.reduce_sum(tf.tanh(found))
    np.testing.assert_allclose(found.numpy(), channels_last(wanted.detach().numpy()), rtol=0, atol=1e-12)
    np.testing.assert_allclose(tape.gradient(total, of_keras).numpy(), channels_last(slope.numpy()), rtol=0, atol=1e-12)
    if probability == 0:
        np.testing.assert_allclose(found.numpy(), of_keras.numpy(), rtol=0, atol=1e-12)


def test_second_derivatives_are_those_of_torch_inside_a_function():
    spec, images, uniforms = given((2, 9, 7), POLICIES[-1])
    of_torch = torch.from_numpy(images).requires_grad_()
    drawn = torch.from_numpy(uniforms)
    (slope,) = torch.autograd.grad(spec.build("torch")(of_torch, drawn, 0.9).tanh().sum(), of_torch, create_graph=True)
    (wanted,) = torch.autograd.grad(slope.square().sum(), of_torch)

    @tf.function
    def twice(images, probability):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                total = tf.reduce_sum(tf.tanh(spec.build("tensorflow")(images, tf.constant(uniforms), probability)))
            penalty = tf.reduce_sum(inner.gradient(total, images) ** 2)
        return outer.gradient(penalty, images)

    found = twice(tf.constant(channels_last(images)), tf.constant(0.9, tf.float64))
    np.testing.assert_allclose(found.numpy(), channels_last(wanted.numpy()), rtol=0, atol=1e-12)
    assert np.abs(wanted.numpy()).max() > 0.01


def test_noise_has_the_deviation_that_is_asked_for_and_follows_the_seed():
    view, samples = View(None), tf.zeros((50, 8, 8, 3))
    found = []
    for seed in (3, 3, 4):
        view.reseed(tf.constant(seed, tf.int64))
        found.append(view(samples, "real", {}, numbers={"instance_noise": 0.3}).numpy())
    assert np.array_equal(found[0], found[1]) and not np.array_equal(found[0], found[2])
    assert found[0].std() == pytest.approx(0.3, rel=0.05) and abs(found[0].mean()) < 0.02
    calm = View(None, noisy=False)
    calm.reseed(tf.constant(3, tf.int64))
    assert calm(samples, "real", {}, numbers={"instance_noise": 0.3}) is samples
