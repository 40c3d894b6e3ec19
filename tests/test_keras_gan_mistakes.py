"""`mulligan.keras.GAN`: a sentence for each mistake of a user's."""

import numpy as np
import pytest
from _tensorflow import keras, tf

import mulligan
from mulligan.keras import GAN, SampleGrid

TINY = {"networks.generator.hidden": [16], "networks.critic.hidden": [16], "networks.generator.latent": 4}
SMALL = {"networks.generator.width": 4, "networks.critic.width": 4, "networks.generator.latent": 4}


def fit(*args, **words):
    recipe = words.pop("recipe", "dense")
    return lambda: GAN(recipe, set=TINY if recipe == "dense" else SMALL).fit(*args, verbose=0, **words)


DECAY = keras.optimizers.schedules.CosineDecay(1e-3, 100)
X = np.zeros((4, 8, 8, 1), np.uint8)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (fit(X.astype(np.float32)), r"reach from 0 to 0; expected -1 to 1 \(x \* 2 - 1\), or uint8"),
        (fit(np.linspace(0, 255, 256).reshape(4, 8, 8)), r"reach from 0 to 255; expected -1 to 1 \(x / 127.5 - 1\)"),
        (fit(X.astype(np.int64)), "holds int64; expected uint8 of 0 to 255, or floats of -1 to 1"),
        (fit(np.zeros((4, 8, 8, 5), np.uint8)), r"has the shape \(4, 8, 8, 5\); expected pictures"),
        (fit(tf.data.Dataset.from_tensor_slices(X)), r"single samples; expected batches: dataset.batch\(64\)"),
        (fit(tf.data.Dataset.from_tensor_slices(X).batch(2).take(0)), "the dataset is empty"),
        (fit(tf.data.Dataset.from_tensors(X), batch_size=4), "brings its labels and its batches"),
        (fit(tf.data.Dataset.from_tensors((X, X, X))), "is 3 parts; expected pictures, or a pair"),
        (fit([1, 2]), "fit got a list; expected arrays, or a tf.data.Dataset"),
        (fit(X, batch_size=0), "batch_size is 0; expected 1 or more, or leave it out for 128"),
        (
            lambda: GAN("dense", set=TINY | {"networks.generator.batch_norm": True}).fit(X, batch_size=1),
            "batch norm in the generator has 1 sample at once",
        ),
        (fit(X, steps_per_epoch=0), "steps_per_epoch is 0; expected 1 or more"),
        (fit(X, validation_data=X), "validation_data means nothing to a GAN"),
        (fit(X, callbacks=keras.callbacks.ReduceLROnPlateau()), r"no hold on a GAN.*gan.compile\(learning_rate="),
        (fit(X, recipe="cgan"), "trains with labels; expected pairs"),
        (fit(X, np.eye(4), recipe="cgan"), r"labels are float64 of shape \(4, 4\); expected whole numbers"),
        (fit(tf.data.Dataset.from_tensors((X, [0, 1, 2, 3])), recipe="cgan"), r"say it: GAN\(..., classes=10\)"),
        (lambda: GAN("dense").compile(keras.optimizers.SGD()), "optimizer is SGD; expected 'adam', 'rmsprop'"),
        (lambda: GAN("dense").compile(keras.optimizers.Adam(DECAY)), "has a schedule of Keras as its learning rate"),
        (lambda: GAN("dense").compile(loss="mse"), "got loss=, and a GAN's objective is the recipe's; leave loss out"),
        (lambda: GAN("dense").compile("adam", metrics=["mse"]), "leave metrics out, or change the objective: gan.comp"),
        (fit(np.full((4, 8, 8, 1), np.nan, np.float32)), "hold numbers that are not finite; expected -1 to 1"),
        (fit(X, np.array([0, 1, 2, 10**12]), recipe="cgan"), r"how many labels there are .* GAN\(..., classes=10\)"),
        (lambda: GAN("dense").compile(keras.optimizers.Adam(clipnorm=1.0)), "Adam has clipnorm=1.0"),
        (lambda: GAN("dense").compile(learning_rat=1), "Did you mean 'learning_rate'"),
        (lambda: GAN("dcgn"), "Did you mean 'dcgan'"),
        (lambda: GAN("dcgan", generator=3), "generator is 3; expected a keras.Model"),
        (
            lambda: GAN("dense", generator=keras.Sequential([keras.Input((4,)), keras.layers.Dense(10)])).fit(X),
            r"the network generator makes samples of shape \(10,\); expected \(8, 8, 1\), as the data has",
        ),
        (lambda: GAN("dense").generate(4), "nothing to generate with; fit first"),
        (
            lambda: GAN("dense", set=TINY, shape=(8, 8, 1)).generate(-1),
            "-1 samples of seed 0 from 0 on are none; expected",
        ),
        (lambda: SampleGrid("grids", samples=0), "0 samples of seed 0 from 0 on are none; expected 1 or more"),
        (lambda: GAN("dense", shape=(8, 8)), r"expected \(height, width, channels\)"),
        (lambda: GAN("dense", set=TINY, shape=(8, 8, 3)).fit(X), r"made for samples of shape \(8, 8, 3\)"),
        (lambda: GAN("dense", set=TINY, shape=(8, 8, 1)).evaluate(X), "type: mulligan evaluate model.safetensors"),
    ],
)
def test_a_mistake_gets_a_sentence(act, sentence):
    with pytest.raises(mulligan.MulliganError, match=sentence):
        act()
