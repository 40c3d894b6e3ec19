"""`mulligan.keras.GAN`: compile, fit, callbacks and save of Keras around Mulligan's own steps."""

import json
import subprocess
import sys

import numpy as np
import pytest
from _tensorflow import keras, tf

import mulligan
from mulligan import data, recipes
from mulligan.assemble.backend_keras import Backend
from mulligan.codecs import ImageCodec
from mulligan.errors import DataError, DivergedError, RecipeError
from mulligan.keras import GAN, SampleGrid, load
from mulligan.override import assignments, override
from mulligan.train.draws import Draws

CODEC = ImageCodec(size=(8, 8), channels=1)
BATCH = 32
TINY = {"networks.generator.hidden": [16], "networks.critic.hidden": [16], "networks.generator.latent": 4}
SMALL = {"networks.generator.width": 4, "networks.critic.width": 4, "networks.generator.latent": 4}


@pytest.fixture(scope="module")
def source():
    return data.open_source("digits", CODEC, cache=False)


@pytest.fixture(scope="module")
def digits(source):
    """uint8 [899, 8, 8, 1] and labels [899]."""
    everything = source.read(np.arange(len(source)))
    return everything["real"], everything["label"]


@pytest.fixture(scope="module")
def trained(digits):
    """A tiny dense GAN after two epochs of three rounds, with its history; whoever trains it further loads it first."""
    gan = GAN("dense", set=TINY, seed=3)
    return gan, gan.fit(digits[0], batch_size=BATCH, epochs=2, steps_per_epoch=3, verbose=0).history


@pytest.fixture
def saved(trained, tmp_path):
    trained[0].save(tmp_path / "gan.keras")
    return tmp_path / "gan.keras"


def test_fit_takes_the_steps_of_a_run_and_its_history_has_their_means(trained, source):
    recipe = override(recipes.get("dense"), assignments(TINY | {"batch_size": BATCH}))
    recipe = recipe.fit((8, 8, 1), 0).resolve(6 * BATCH)
    backend = Backend("cpu")
    step = backend.step(recipe, (8, 8, 1), 0, 3)
    feed = backend.feed(recipe, source, CODEC, Draws(3), 0).rounds(0)
    scalars = [step(next(feed), recipe.numbers(index * BATCH), index * BATCH) for index in range(6)]
    gan, history = trained
    assert set(history) == set(scalars[0]) and "critic/signal/gradient_norm" in history
    for name, means in history.items():
        assert means == pytest.approx([np.mean([s[name] for s in scalars[i : i + 3]]) for i in (0, 3)], rel=1e-5)
    assert gan.images == 6 * BATCH
    product = backend.product(step, recipe, Draws(3), ())
    mine = backend.sample(product, Draws(9).normal("generate/z", 0, 5, (4,)), None)
    assert np.abs(CODEC.to_raw(mine).astype(int) - gan.generate(5, seed=9)).max() <= 1


def test_a_dataset_is_taken_in_its_own_order_and_without_its_short_last_batch(trained, digits):
    places = Draws(3).order(0, 3 * BATCH, len(digits[0]))
    floats = CODEC.to_float(digits[0][np.append(places, 0)])
    gan = GAN("dense", set=TINY, seed=3)
    history = gan.fit(tf.data.Dataset.from_tensor_slices(floats).batch(BATCH), verbose=0).history
    assert gan.images == 3 * BATCH
    for name, means in history.items():
        assert means == pytest.approx(trained[1][name][:1], rel=1e-5)


def test_the_end_of_an_epoch_of_unknown_length_moves_nothing(digits):
    gan = GAN("dense", set=TINY | {"networks.generator.batch_norm": True})
    batches = tf.data.Dataset.from_tensor_slices(digits[0]).batch(BATCH).take(2)
    gan.fit(batches, epochs=3, verbose=0)
    assert gan.images == 6 * BATCH
    counts = [int(w.numpy()) for w in gan.generator.weights if w.name == "num_batches_tracked"]
    assert counts == [6]


def test_what_was_saved_generates_the_same_and_trains_on_as_if_nothing_had_been(trained, saved, digits):
    both = [load(saved), load(saved)]
    pictures = [gan.generate(8, seed=1) for gan in (trained[0], *both)]
    assert pictures[0].dtype == np.uint8 and pictures[0].shape == (8, 8, 8, 1)
    assert (pictures[0] == pictures[1]).all() and both[0].images == trained[0].images
    both[1].save(saved)
    both[1] = keras.models.load_model(saved)
    histories = [gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=2, verbose=0).history for gan in both]
    assert histories[0] == histories[1] and both[0].images == 8 * BATCH
    assert (both[0].generate(8) == both[1].generate(8)).all() and (both[0].generate(8) != pictures[0]).any()


def test_a_model_file_goes_to_torch_and_back(trained, digits, tmp_path):
    path = trained[0].to_model_file(tmp_path / "model.safetensors")
    pictures = trained[0].generate(8, seed=2)
    in_torch = mulligan.load(path, backend="torch").generate(8, seed=2)
    assert np.abs(in_torch.astype(int) - pictures).max() <= 1
    again = load(path)
    assert (again.generate(8, seed=2) == pictures).all()
    again.fit(digits[0], batch_size=BATCH, steps_per_epoch=1, verbose=0)
    assert again.images == BATCH


def test_labels_are_let_be_where_none_are_asked_for(digits):
    gan = GAN("dense", set=TINY)
    gan.fit(digits[0], digits[1] * 10**12, batch_size=BATCH, steps_per_epoch=1, verbose=0)
    assert gan.images == BATCH


def test_callbacks_of_keras(saved, digits, tmp_path):
    gan, name = load(saved), "critic/estimate/jensen_shannon"
    kept = tmp_path / "{epoch:02d}.keras"
    callbacks = [
        keras.callbacks.EarlyStopping(monitor=name, mode="max", min_delta=1e9, patience=1),
        keras.callbacks.ModelCheckpoint(kept, monitor=name, mode="max"),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        SampleGrid(tmp_path / "grids", samples=4),
    ]
    history = gan.fit(digits[0], batch_size=BATCH, epochs=9, steps_per_epoch=1, callbacks=callbacks, verbose=0)
    assert history.epoch == [0, 1]
    assert [path.name for path in sorted((tmp_path / "grids").iterdir())] == ["epoch-0001.png", "epoch-0002.png"]
    assert name in (tmp_path / "log.csv").read_text()
    assert (load(tmp_path / "02.keras").generate(4) == gan.generate(4)).all()
    assert load(tmp_path / "01.keras").images == gan.images - BATCH


def test_ways_to_compile_come_to_the_same(trained, saved, digits):
    histories = []
    for words in ({}, {"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 2}):
        gan = GAN("dense", set=TINY, seed=3)
        gan.compile(**words)
        gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=4, verbose=0)
        histories.append(gan.generator.get_weights())
    for weights in histories[1:]:
        for one, other in zip(histories[0], weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_numbers_are_changed_by_compile(saved, digits):
    gan = load(saved)
    gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.25, beta_2=0.9, epsilon=1e-6), gradient_clip=5)
    found = gan.recipe
    assert (found.learning_rate, found.beta1, found.beta2) == pytest.approx((1e-3, 0.25, 0.9))
    assert found.epsilon_of("critic") == pytest.approx(1e-6) and found.gradient_clip == 5
    gan.compile("rmsprop", learning_rate=0.0)
    before = gan.generator.get_weights()
    gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=2, verbose=0)
    assert all((one == other).all() for one, other in zip(before, gan.generator.get_weights(), strict=True))
    gan.compile(learning_rate=1e-3)
    gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=1, verbose=0)
    assert any((one != other).any() for one, other in zip(before, gan.generator.get_weights(), strict=True))


def test_a_round_of_several_critic_turns_takes_as_many_batches(digits):
    gan = GAN("dense", set=TINY | {"game.critic_turns": 2})
    batches = tf.data.Dataset.from_tensor_slices(digits[0]).batch(BATCH, drop_remainder=True)
    gan.fit(batches.take(5), epochs=2, verbose=0)
    assert gan.images == 2 * 2 * 2 * BATCH
    with pytest.raises(DataError, match=r"has 1 batches, and one round takes 2 of 32 samples; type dataset.repeat"):
        gan.fit(batches.take(1), verbose=0)
    uncounted = tf.data.Dataset.from_tensor_slices(digits[0][:BATCH]).batch(BATCH)
    with pytest.raises(DataError, match=r"has too few batches, and one round takes 2 of 32 samples"):
        gan.fit(uncounted, verbose=0)


def test_fewer_pictures_than_a_batch_are_drawn_again(digits):
    gan = GAN("dense", set=TINY)
    gan.fit(digits[0][: BATCH - 3], batch_size=BATCH, epochs=2, verbose=0)
    assert gan.images == 2 * BATCH


def test_labels(digits, tmp_path):
    gan = GAN("cgan", set=SMALL, classes=list("abcdefghij"))
    pairs = tf.data.Dataset.from_tensor_slices(digits).batch(BATCH, drop_remainder=True).repeat()
    gan.fit(pairs, steps_per_epoch=2, verbose=0)
    threes, mixed = gan.generate(4, labels="d"), gan.generate(4, labels=[3, 3, 0, 3])
    assert (threes == gan.generate(4, labels=3)).all()
    assert (threes[[0, 1, 3]] == mixed[[0, 1, 3]]).all() and (threes[2] != mixed[2]).any()
    gan.save(tmp_path / "gan.keras")
    assert (load(tmp_path / "gan.keras").generate(8) == gan.generate(8)).all()
    with pytest.raises(RecipeError, match="expected one of a, b, c"):
        gan.generate(4, labels="z")


def painter(latent: int = 6) -> keras.Model:
    """An ordinary functional model of two inputs, with batch norm of Keras."""
    z, label = keras.Input((latent,)), keras.Input((), dtype="int32")
    h = keras.layers.Concatenate()([z, keras.layers.Embedding(10, 3)(label)])
    h = keras.layers.BatchNormalization()(keras.layers.Dense(16, activation="relu")(h))
    return keras.Model([z, label], keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, activation="tanh")(h)))


def judge() -> keras.Model:
    """Pictures and labels -> scores [n, 1]."""
    x, label = keras.Input((8, 8, 1)), keras.Input((), dtype="int32")
    h = keras.layers.Concatenate()([keras.layers.Flatten()(x), keras.layers.Embedding(10, 3)(label)])
    return keras.Model([x, label], keras.layers.Dense(1)(keras.layers.Dropout(0.2)(h)))


def test_networks_of_ones_own(digits, tmp_path):
    generator, critic = painter(), judge()
    before = generator.get_weights()
    gan = GAN("dense", generator=generator, critic=critic, labels=True)
    gan.fit(*digits, batch_size=BATCH, steps_per_epoch=2, verbose=0)
    assert gan.recipe.latent_size == 6
    assert any((one != other).any() for one, other in zip(before, generator.get_weights(), strict=True))
    gan.save(tmp_path / "gan.keras")
    assert (load(tmp_path / "gan.keras").generate(6, labels=4) == gan.generate(6, labels=4)).all()
    with pytest.raises(RecipeError, match=r"put them into a recipe file, or use gan\.save"):
        gan.to_model_file(tmp_path / "model.safetensors")


OWN = """
import keras
from dataclasses import replace
from mulligan.networks import mlp
from mulligan.recipes.dense import recipe as dense

class Painter(keras.Model):
    def __init__(self, facts):
        super().__init__()
        self.head = keras.layers.Dense(facts.shape[0] * facts.shape[1], activation="tanh")
        self.fold = keras.layers.Reshape(facts.shape)

    def call(self, z, training=None):
        return self.fold(self.head(z))

recipe = replace(dense, networks={"generator": Painter, "critic": mlp.Critic(hidden=(8,))}, latent=5)
"""


def test_a_recipe_file_of_ones_own(digits, tmp_path):
    (tmp_path / "my_gan.py").write_text(OWN)
    gan = GAN(tmp_path / "my_gan.py")
    gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    pictures = gan.generate(5)
    with pytest.raises(RecipeError, match=r"your own my_gan.py; open it with mulligan.keras.load\(..., 'my_gan.py'\)"):
        keras.models.load_model(tmp_path / "gan.keras")
    assert (load(tmp_path / "gan.keras", tmp_path / "my_gan.py").generate(5) == pictures).all()
    path = gan.to_model_file(tmp_path / "model.safetensors")
    model = mulligan.load(path, backend="tensorflow", recipe=tmp_path / "my_gan.py")
    assert (model.generate(5) == pictures).all()
    (tmp_path / "my_gan.py").write_text(OWN + "# changed\n")
    with pytest.raises(RecipeError, match=r"is not the my_gan.py that this was made with"):
        load(tmp_path / "gan.keras", tmp_path / "my_gan.py")


def test_a_saved_file_can_name_no_code(saved, tmp_path):
    """The recipe in it is looked up in Mulligan's own listing and nowhere else."""
    config = load(saved).get_config()
    config["recipe"]["game"]["is"] = "os.system"
    with pytest.raises(RecipeError, match="is no part of Mulligan"):
        GAN.from_config(json.loads(json.dumps(config)))


def test_a_gan_that_diverges_says_so(digits):
    gan = GAN("dense", set=TINY)
    gan.compile(learning_rate=1e18)
    with pytest.raises(DivergedError, match=r"is (nan|inf|-inf) after \d+ images; lower the learning rate"):
        gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=5, verbose=0)


def test_it_is_a_model_of_keras(trained, capsys):
    gan = trained[0]
    gan.summary()
    assert "mlp.critic" in capsys.readouterr().out
    z = np.zeros((3, 4), np.float32)
    assert gan.predict(z, verbose=0).shape == (3, 8, 8, 1)
    assert isinstance(gan, keras.Model) and gan.generator.count_params() and gan.critic.count_params()


MIRRORED = """
import json, sys
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import mulligan
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
small = json.loads(sys.argv[1])
pictures = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), np.uint8)
found = []
for scope in (tf.distribute.get_strategy().scope, strategy.scope):
    with scope():
        gan = mulligan.keras.GAN("dense", set=small)
    history = gan.fit(pictures, batch_size=16, epochs=2, verbose=0).history
    found.append([history, gan.generate(4).astype(int).tolist()])
gan.save("gan.keras")
assert (mulligan.keras.load("gan.keras").generate(4) == gan.generate(4)).all()
try:
    gan.fit(pictures, batch_size=15)
except mulligan.MulliganError as error:
    found.append(str(error))
assert "torch" not in sys.modules
print(json.dumps(found))
"""


def test_each_gan_has_noise_of_its_own_and_a_strategy_of_its_own(digits):
    """DRAGAN draws noise in its objective; both are made before either is traced."""
    words, gans = TINY | {"game.penalties": "dragan"}, []
    for _ in range(2):
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            gans.append(GAN("dense", set=words, shape=(8, 8, 1)))
    one, two = (gan.fit(digits[0], batch_size=BATCH, steps_per_epoch=2, verbose=0).history for gan in gans)
    assert one == two


def test_two_devices_train_as_one(tmp_path):
    """With what couples the samples of a batch: relativistic averages, and batch norm over both devices."""
    words = {"game.objective": "relativistic.RelativisticAverage", "networks.generator.batch_norm": True}
    words |= {"synchronize_batch_norm": True}
    command = [sys.executable, "-c", MIRRORED, json.dumps(TINY | words)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr[-3000:]
    (one, own), (two, theirs), refusal = json.loads(answer.stdout.splitlines()[-1])
    for name in one:
        assert two[name] == pytest.approx(one[name], rel=1e-4)
    assert np.abs(np.subtract(own, theirs)).max() <= 1
    assert "a batch of 15 cannot be shared evenly by 2 devices" in refusal
