"""The verbs of TensorFlow beyond the numbers that objectives hold them to: noise, clipping, edges."""

import numpy as np
import pytest
import torch
from _tensorflow import keras, tf

from mulligan import ops, ops_keras, ops_torch, twins


def test_both_frameworks_have_the_same_verbs():
    assert set(ops_torch.__all__) | {"new_noise", "seed_noise"} == set(ops_keras.__all__)
    assert all(hasattr(ops, name) and hasattr(ops_keras, name) for name in ops_torch.__all__)


def test_the_framework_is_found_from_every_type_of_tensor_and_network():
    seen = []
    tf.function(lambda x: seen.append(type(x)))(tf.zeros(2))
    kinds = [type(tf.zeros(2)), type(tf.Variable(1.0)), keras.Variable, keras.Model, keras.Sequential, *seen]
    assert len(kinds) == 6 and {twins.framework_of(kind) for kind in kinds} == {"tensorflow"}


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
def test_noise_follows_from_its_seed(traced):
    like = tf.zeros((50, 4, 4, 2), tf.float64)

    def two(seed):
        ops_keras.seed_noise(seed)
        return ops.uniform_like(like), ops.uniform_like(like)

    draw = tf.function(two, autograph=False) if traced else two
    (a, b), (again, _), (other, _) = (draw(tf.constant(seed, tf.int64)) for seed in (3, 3, 4))
    assert np.array_equal(a, again) and not np.array_equal(a, b) and not np.array_equal(a, other)
    assert a.dtype == like.dtype and a.shape == like.shape
    assert np.min(a) >= 0 and np.max(a) < 1 and np.mean(a) == pytest.approx(0.5, abs=0.04)
    assert np.array_equal(a, two(3)[0]), "eager and traced draw the same"


def test_clipping_leaves_frozen_layers_and_small_weights():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(2)])
    network.get_layer("one").trainable = False
    before = [weight.numpy() for weight in network.weights]
    ops.clip_weights(network, 0.1)
    for i, weight in enumerate(network.weights):
        assert np.array_equal(weight, before[i] if i < 2 else np.clip(before[i], -0.1, 0.1))
    assert np.abs(before[2]).max() > 0.1


def test_the_root_has_a_finite_gradient_at_zero():
    x = tf.zeros(3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ops.root(x)
    assert np.isfinite(tape.gradient(y, x)).all()


@pytest.mark.parametrize("value", [-1e4, -50.0, -20.0, 0.0, 20.0, 50.0, 1e4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softplus_is_exact_far_from_zero_with_its_first_two_derivatives(value, dtype):
    x = torch.tensor(value, dtype=getattr(torch, dtype), requires_grad=True)
    y = ops.softplus(x)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curve,) = torch.autograd.grad(slope, x)
    point = tf.constant(value, dtype)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as tape:
            tape.watch(point)
            own = ops.softplus(point)
        own_slope = tape.gradient(own, point)
    found = [own, own_slope, outer.gradient(own_slope, point)]
    expected = [part.item() for part in (y, slope, curve)]
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "float32" else 1e-9, atol=3e-9)


def test_a_mean_over_the_batch_and_sums_per_sample_keep_their_shapes():
    x = tf.reshape(tf.range(24.0), (2, 3, 4))
    assert ops.mean_of_batch(x).shape == (3, 4) and ops.sum_per_sample(x).shape == (2,)
    assert np.array_equal(ops.sum_per_sample(tf.constant([1.0, 2.0])), [1.0, 2.0])
    assert ops.per_sample(tf.constant([1.0, 2.0]), x).shape == (2, 1, 1)
    assert float(ops.deviation(x)) == pytest.approx(np.std(np.arange(24.0)))
