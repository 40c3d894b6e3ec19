"""The state of TensorFlow networks goes through files to torch and back, or is refused by name."""

import numpy as np
import pytest
from _tensorflow import keras

from mulligan import tensorfile
from mulligan.errors import RecipeError, RunError
from mulligan.networks import dcgan, mlp, resnet
from mulligan.train import state_keras, state_torch

SPECS = {
    "dense": mlp.Generator(size=8, latent=4, hidden=(6,), batch_norm=True),
    "convolutional": dcgan.Generator(size=8, channels=1, latent=4, width=4, labels=3),
    "residual": resnet.Critic(size=8, channels=1, width=4, labels=3),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_file_of_either_framework_loads_in_the_other(spec, tmp_path):
    of_torch, of_keras = spec.build("torch"), spec.build("tensorflow")
    for source, target, source_state, target_state in (
        (of_torch, spec.build("tensorflow"), state_torch, state_keras),
        (of_keras, spec.build("torch"), state_keras, state_torch),
    ):
        arrays = source_state.network_arrays(source)
        tensorfile.write(tmp_path / "state.safetensors", arrays, {"kind": "test"})
        read, _ = tensorfile.read(tmp_path / "state.safetensors")
        assert not all(np.array_equal(array, read[key]) for key, array in target_state.network_arrays(target).items())
        target_state.load_network(target, read)
        again = target_state.network_arrays(target)
        assert again.keys() == arrays.keys()
        for key, array in arrays.items():
            assert np.array_equal(again[key], array) and again[key].dtype == array.dtype and array.flags.c_contiguous


def test_arrays_are_copies():
    network = SPECS["residual"].build("tensorflow")
    arrays = state_keras.network_arrays(network)
    kept = {key: array.copy() for key, array in arrays.items()}
    for weight in network.weights:
        weight.assign(weight + 1)
    assert all(np.array_equal(arrays[key], kept[key]) for key in kept)


def test_tensors_of_another_network_are_refused_by_name():
    network = SPECS["residual"].build("tensorflow")
    other = state_torch.network_arrays(SPECS["dense"].build("torch"))
    with pytest.raises(
        RunError, match=r"does not fit the network: \d+ tensors differ, '.*' among them; use the recipe"
    ):
        state_keras.load_network(network, other)
    with pytest.raises(RunError, match="none of the given model's tensors fits"):
        state_keras.take_matching(network, {"elsewhere": np.zeros(3, np.float32)})


def test_what_fits_is_taken_and_the_rest_is_named():
    large = dcgan.Critic(size=16, channels=1, width=4).build("tensorflow")
    given = state_torch.network_arrays(dcgan.Critic(size=8, channels=1, width=4).build("torch"))
    start = state_keras.network_arrays(large)
    left = state_keras.take_matching(large, given)
    own = state_keras.network_arrays(large)
    taken = [key for key in own if key not in left]
    assert taken and all(np.array_equal(own[key], given[key]) for key in taken)
    assert left and all(np.array_equal(own[key], start[key]) for key in left)


class Odd(keras.Layer):
    """A layer of a user's own, with weights of its own and another layer inside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inside = keras.layers.Dense(4, name="inside")

    def build(self, shape):
        self.gain = self.add_weight(shape=(2, 3), name="gain")
        self.inside.build(shape)

    def call(self, x):
        return self.inside(x)


def of_a_user():
    """Layers named and unnamed, one used twice, one within another model, one of an unknown type."""
    twice, x = keras.layers.Dense(4, name="twice"), keras.Input((8, 8, 3))
    h = keras.layers.Conv2D(4, 3, strides=2)(keras.layers.Conv2D(5, 3)(x))
    h = keras.layers.BatchNormalization()(keras.layers.Conv2DTranspose(4, 3)(h))
    h = keras.Sequential([keras.layers.Dense(4), keras.layers.PReLU()], name="body")(h)
    return keras.Model(x, Odd()(twice(twice(h))))


def test_a_users_layers_have_names_that_do_not_depend_on_what_was_built_before():
    one, two = of_a_user(), of_a_user()
    arrays = state_keras.network_arrays(one)
    assert {key: array.shape for key, array in arrays.items()} == {
        **{"conv2d.weight": (5, 3, 3, 3), "conv2d.bias": (5,), "conv2d_1.weight": (4, 5, 3, 3), "conv2d_1.bias": (4,)},
        **{"conv2d_transpose.weight": (4, 4, 3, 3), "conv2d_transpose.bias": (4,)},
        **{f"batch_normalization.{name}": (4,) for name in ("weight", "bias", "running_mean", "running_var")},
        **{"body.dense.weight": (4, 4), "body.dense.bias": (4,), "body.p_re_lu/alpha": (4, 4, 4)},
        **{"twice.weight": (4, 4), "twice.bias": (4,)},
        **{"odd/gain": (2, 3), "odd.inside.weight": (4, 4), "odd.inside.bias": (4,)},
    }
    state_keras.load_network(two, arrays)
    view = np.random.default_rng(0).standard_normal((2, 8, 8, 3), np.float32)
    assert np.array_equal(one(view), two(view))


class _Scale(keras.layers.Layer):
    """A layer whose own name begins with an underscore, with weights that have none."""

    def build(self, shape):
        self.gain, self.shift = (self.add_weight(shape=(shape[-1],), initializer=kind) for kind in ("ones", "zeros"))

    def call(self, x):
        return x * self.gain + self.shift


def test_what_has_no_name_or_one_that_another_has_is_counted_within_its_network():
    def built():
        layers = [keras.layers.Dense(4, name="fc"), _Scale(), keras.layers.Dense(4, name="fc"), _Scale()]
        return WithList(layers)

    one, two = built(), built()
    arrays = state_keras.network_arrays(one)
    assert sorted(arrays) == sorted(
        [f"{name}.{part}" for name in ("fc", "fc_1") for part in ("weight", "bias")]
        + [f"{name}/{part}" for name in ("__scale", "__scale_1") for part in ("variable", "variable_1")]
    )
    state_keras.load_network(two, arrays)
    view = np.random.default_rng(0).standard_normal((2, 3), np.float32)
    assert np.array_equal(one(view), two(view))


class WithList(keras.Model):
    """Layers one after the other, whatever they are called."""

    def __init__(self, layers):
        super().__init__()
        self.each = layers
        self(np.zeros((1, 3), np.float32))

    def call(self, x):
        for layer in self.each:
            x = layer(x)
        return x


def test_weights_of_the_same_name_get_a_sentence():
    network = WithList([keras.layers.Dense(4, name=name) for name in ("fc", "fc", "fc_1")])
    with pytest.raises(RecipeError, match=r"two weights of a network are called 'fc_1.weight'; give its layers diff"):
        state_keras.places(network)


def test_dropout_brings_no_tensors_into_a_file():
    spec = mlp.Critic(size=8, hidden=(5,), dropout=0.5)
    assert (
        state_keras.network_arrays(spec.build("tensorflow")).keys()
        == state_torch.network_arrays(spec.build("torch")).keys()
    )
