"""In TensorFlow too a gradient that is not finite stops the very step that it was for, and its origin is named."""

import numpy as np
import pytest
from _tensorflow import keras, tf
from train.test_step_keras import BATCH, batches_for, recipe, state, step_of

from mulligan.errors import DivergedError
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1
from mulligan.recipe import Recipe

GAME = TwoPlayer(NonSaturating(), penalties=(R1(1.0),))
PLAYED = recipe(GAME)


class Sick(keras.layers.Layer):
    """Passes on what it gets, times a number; or passes back gradients times that."""

    def __init__(self, *, backwards):
        super().__init__(name="sick")
        self.backwards = backwards
        self.factor = self.add_weight(shape=(), initializer="ones", trainable=False, name="factor")

    def call(self, x):
        factor = tf.convert_to_tensor(self.factor)
        if not self.backwards:
            return x * factor

        @tf.custom_gradient
        def passed(x):
            return tf.identity(x), lambda slope: slope * factor * factor

        return passed(x)


def with_a_sick_layer(backwards):
    def generator(facts):
        layers = [keras.layers.Dense(48, name="first"), Sick(backwards=backwards), keras.layers.Reshape(facts.shape)]
        return keras.Sequential([keras.Input((5,)), *layers])

    own = {"generator": generator, "critic": PLAYED.networks["critic"]}
    step = step_of(Recipe(TwoPlayer(NonSaturating()), own, batch_size=BATCH, latent=5).resolve(1000))
    step(batches_for(step), PLAYED.numbers(0), 0)
    step.networks["generator"].get_layer("sick").factor.assign(np.inf)
    return step


def refused(step, batches, unmoved=("network/", "ema/", "optimizer/")):
    """What the step says, having moved nothing."""
    before = state(step)
    with pytest.raises(DivergedError) as caught:
        step(batches, PLAYED.numbers(64), 37)
    after = state(step)
    for name in (name for name in after if name.startswith(unmoved)):
        assert np.array_equal(before[name], after[name], equal_nan=True), name
    return str(caught.value)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_batch_with_nan_is_named_and_moves_nothing(accumulate):
    step = step_of(recipe(GAME, accumulate=accumulate))
    batches = batches_for(step)
    real = batches[0]["real"].numpy()
    real[6, 0, 1, 1] = np.nan
    batches[0]["real"] = tf.constant(real)
    said = refused(step, batches)
    assert "in the critic's turn the batch's 'real' holds numbers that are not finite after 37 images" in said
    assert "the last checkpoint is kept" in said


def test_what_ails_the_generator_alone_lets_the_critic_have_moved():
    step = step_of(PLAYED)
    batches = batches_for(step)
    batches[1]["z"] = batches[1]["z"] * np.inf
    before = state(step)
    said = refused(step, batches, unmoved=("network/generator/", "ema/", "optimizer/generator/"))
    assert "in the generator's turn the batch's 'z' holds" in said
    after = state(step)
    moved = [name for name in before if name.startswith("network/critic/")]
    assert all(not np.array_equal(before[name], after[name]) for name in moved)


def test_a_weight_with_nan_is_named():
    step = step_of(PLAYED)
    bias = step.networks["critic"].get_layer("dense.1").bias
    bias.assign(np.full(bias.shape, np.nan))
    assert "the weight 'dense.1.bias' of the critic is not finite" in refused(step, batches_for(step))


def test_the_layer_where_it_began_is_named():
    step = with_a_sick_layer(backwards=False)
    said = refused(step, batches_for(step))
    assert "in the critic's turn the weight 'sick/factor' of the generator is not finite" in said
    step.networks["generator"].get_layer("sick").factor.assign(3e38)
    kernel = step.networks["generator"].get_layer("first").kernel
    kernel.assign(np.full(kernel.shape, 100.0))
    said = refused(step, batches_for(step))
    assert "the layer 'sick' of the generator gives numbers that are not finite" in said
    assert "call" not in vars(step.networks["generator"].get_layer("sick")), "Keras calls it as before"


def test_a_gradient_alone_is_named_by_its_weight():
    step = with_a_sick_layer(backwards=True)
    step.networks["generator"].get_layer("sick").factor.assign(3e38)
    said = refused(step, batches_for(step), unmoved=("network/generator/", "ema/"))
    assert "in the generator's turn the gradient of 'first.weight' of the generator is not finite" in said
