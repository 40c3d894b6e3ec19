"""The step in TensorFlow: traced once, who moves and who does not, parts of a batch, repeatable randomness."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from _tensorflow import keras, tf
from train.test_larger_game import CODEC, Rivals

from mulligan import data
from mulligan.assemble._backend import open_backend
from mulligan.errors import RecipeError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.dragan import Dragan
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine, Linear
from mulligan.train import step_state_keras
from mulligan.train.draws import Draws

BATCH = 8
DENSE = {
    "generator": mlp.Generator(size=4, channels=3, latent=5, hidden=(12,)),
    "critic": mlp.Critic(size=4, channels=3, hidden=(12, 12)),
}
STATISTICS = {"generator": dcgan.Generator(size=8, latent=5, width=4), "critic": dcgan.Critic(size=8, width=4)}
SPECTRAL = STATISTICS | {"critic": dcgan.Critic(size=8, width=4, normalization="spectral")}


def recipe(game, networks=DENSE, **changes):
    return Recipe(game, networks, batch_size=BATCH, images=1000, **changes).resolve(1000)


def step_of(recipe, seed=0):
    return open_backend("tensorflow", "cpu").step(recipe, (4, 4, 3), 0, seed=seed)


def batches_for(step, seed=1):
    random, size = np.random.default_rng(seed), step.networks["critic"].spec.size
    found = []
    for turn in step.game.turns:
        if turn.fresh_batch:
            real = random.normal(size=(BATCH, *size, 3)).astype(np.float32)
        drawn = {"real": real, "z": random.normal(size=(BATCH, 5)), "mix": random.random(BATCH)}
        found.append({name: tf.constant(array, tf.float32) for name, array in drawn.items()})
    return found


def state(step):
    return step_state_keras.step_arrays(step)


def same(one, two, place=""):
    names = [name for name in one if name.startswith(place)]
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in names)


@dataclass(frozen=True)
class Counted(TwoPlayer):
    """A game that counts how often it is played, which inside of a function is how often that is traced."""

    played: list = field(default_factory=list)

    def play(self, turn, *others):
        self.played.append(turn.player)
        return super().play(turn, *others)


def test_thirty_steps_with_changing_numbers_are_traced_once():
    game = Counted(NonSaturating(), penalties=(R1(Cosine(1.0, 0.1, share=0.5)),), critic_turns=2)
    moving = {"learning_rate": Linear(1e-2, 1e-4, share=1.0), "instance_noise": Linear(0.3, 0.0, share=1.0)}
    changing = recipe(game, **moving)
    step, told = step_of(changing), []
    for images in range(0, 30 * BATCH, BATCH):
        told.append(step(batches_for(step, images), changing.numbers(images), images)["critic/r1"])
    assert game.played == ["critic", "generator"], "both turns of the critic are one function"
    assert len(set(told)) == 30 and all(isinstance(each, float) for each in told)


def test_a_batch_of_another_size_is_traced_anew_and_moves_the_same_weights():
    plain = recipe(TwoPlayer(NonSaturating()))
    one, other = step_of(plain), step_of(plain)
    halves = [{name: x[: BATCH // 2] for name, x in batch.items()} for batch in batches_for(one)]
    one(batches_for(one), plain.numbers(0), 0)
    one(halves, plain.numbers(8), 8)
    other(batches_for(other), plain.numbers(0), 0)
    before = state(other)
    assert not same(before, state(one)), "the second step moved something"
    other(halves, plain.numbers(8), 8)
    assert same(state(one), state(other))


def test_the_names_of_the_scalars_are_those_of_torch_for_every_player():
    step = step_of(recipe(TwoPlayer(Wasserstein(), (GradientPenalty(),), critic_turns=2)))
    scalars = step(batches_for(step), recipe(step.game).numbers(0), 0)
    assert list(scalars) == [
        "critic/real", "critic/fake", "critic/gradient_penalty", "critic/estimate/wasserstein",
        "critic/signal/gradient_norm", "generator/fake", "generator/signal/gradient_norm",
    ]  # fmt: skip


@dataclass(frozen=True)
class Only(TwoPlayer):
    """One player's turns of a game."""

    player: str = "critic"

    @property
    def turns(self):
        return tuple(replace(turn, fresh_batch=True) for turn in super().turns if turn.player == self.player)


@pytest.mark.parametrize("networks", [STATISTICS, SPECTRAL], ids=["batch norm", "spectral norm"])
@pytest.mark.parametrize("player", ["critic", "generator"])
def test_the_opponent_does_not_move_by_a_bit(networks, player):
    game = Only(NonSaturating(), penalties=(R1(),), critic_turns=2, player=player)
    played = recipe(game, networks)
    step = step_of(played)
    before = state(step)
    step(batches_for(step), played.numbers(0), 0)
    after = {name: array for name, array in state(step).items() if not name.startswith("optimizer/")}
    (opponent,) = {"critic", "generator"} - {player}
    assert same({name: before[name] for name in after}, after, f"network/{opponent}")
    mine = [name for name in after if name.startswith(f"network/{player}")]
    unmoved = {name for name in mine if np.array_equal(before[name], after[name])}
    assert unmoved <= {"network/critic/head.parametrizations.weight.0._u"}, "which is one number: 1"


def test_a_batch_in_parts_gives_what_the_whole_batch_gives():
    whole = recipe(TwoPlayer(NonSaturating(), penalties=(R1(),)), learning_rate=0.05)
    one, two = step_of(whole), step_of(replace(whole, accumulate=4))
    start = state(one)
    for images in (0, BATCH):
        told, in_parts = (step(batches_for(step, images), whole.numbers(images), images) for step in (one, two))
        assert told.keys() == in_parts.keys()
        for name, value in told.items():
            assert in_parts[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name
    mine, theirs = state(one), state(two)
    for name, array in mine.items():
        np.testing.assert_allclose(theirs[name], array, rtol=1e-3, atol=1e-4, err_msg=name)
    assert max(np.abs(mine[name] - start[name]).max() for name in start) > 1e-2


def test_two_steps_at_one_place_are_equal_bit_for_bit_and_at_another_place_not():
    networks = DENSE | {"critic": replace(DENSE["critic"], dropout=0.5)}
    noisy = recipe(TwoPlayer(NonSaturating(), penalties=(Dragan(),)), networks, instance_noise=0.3)
    one, two = step_of(noisy), step_of(noisy)
    for seed, images, equal in ((0, 64, True), (0, 128, False), (1, 64, False)):
        step_state_keras.load_step(two, state(one))
        two.seed = seed
        tf.random.normal((7,))  # what was drawn before must not matter
        two.networks["critic"](np.zeros((2, 4, 4, 3), np.float32), training=True)
        one(batches_for(one), noisy.numbers(64), 64)
        two(batches_for(two), noisy.numbers(64), images)
        assert same(state(one), state(two)) == equal


def test_fresh_networks_follow_the_seed_alone_and_leave_others_their_random_numbers():
    one, two, other = (state(step_of(recipe(TwoPlayer(Hinge())), seed=seed)) for seed in (5, 5, 6))
    assert same(one, two) and not same(one, other)
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    step_of(recipe(TwoPlayer(Hinge())))
    assert np.random.random() == expected


def test_the_average_follows_the_product():
    played = recipe(TwoPlayer(Hinge()), learning_rate=0.01)
    step = step_of(played)
    before = {name: array for name, array in state(step).items() if name.startswith("ema/")}
    step(batches_for(step), played.numbers(0) | {"ema_decay": 0.75}, 0)
    after = state(step)
    for name, start in before.items():
        own = after[name.replace("ema/", "network/generator/")]
        np.testing.assert_allclose(after[name], 0.75 * start + 0.25 * own, rtol=0, atol=1e-6)
        assert not np.array_equal(own, start)


def test_weights_of_a_clipped_critic_stay_within_the_bound_but_for_layers_that_are_kept():
    clipped = recipe(TwoPlayer(Wasserstein(weight_clip=1e-3), critic_turns=2), optimizer="rmsprop")
    backend = open_backend("tensorflow", "cpu")
    step = backend.step(clipped, (4, 4, 3), 0, seed=0)
    assert backend.freeze_first_layers(step, "critic", 1) == ["dense.0"]
    before = state(step)
    step(batches_for(step), clipped.numbers(0), 0)
    for name, array in state(step).items():
        if name.startswith("network/critic/dense.0."):
            assert np.array_equal(array, before[name])
        elif name.startswith("network/critic/"):
            assert np.abs(array).max() <= 1.001e-3
            assert name.endswith("head.bias") or not np.array_equal(array, before[name])  # both scores have the same
    assert np.abs(before["network/critic/dense.0.weight"]).max() > 0.1, "else there was nothing to clip"
    assert not any(name.startswith("optimizer/critic/dense.0.") for name in state(step))


def test_three_networks_train():
    generator = mlp.Generator(latent=4, hidden=(8,))
    networks = {"painter": generator, "forger": generator, "critic": mlp.Critic(hidden=(8,))}
    played = Recipe(Rivals(), networks, batch_size=8, instance_noise=0.1).fit(CODEC.shape, 0).resolve(100)
    backend, source = open_backend("tensorflow", "cpu"), data.open_source("digits", CODEC, cache=False)
    step = backend.step(played, CODEC.shape, 0, seed=0)
    before, rounds = state(step), backend.feed(played, source, CODEC, Draws(0), workers=0).rounds(0)
    scalars = step(next(rounds), played.numbers(0), 0)
    terms = {"critic/painter", "critic/forger", "critic/real", "painter/fake", "forger/fake"}
    assert scalars.keys() == terms | {f"{role}/signal/gradient_norm" for role in Rivals.networks}
    after = state(step)
    assert not any(np.array_equal(before[name], after[name]) for name in before if name.startswith("network/"))
    assert not np.array_equal(after["network/painter/head.weight"], after["network/forger/head.weight"])


def generator_of_ones_own(facts):
    return keras.Sequential([keras.layers.Dense(48), keras.layers.Reshape(facts.shape)])


def critic_of_ones_own(facts):
    return keras.Sequential([keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(1)])


def test_models_of_keras_train_that_know_no_labels_and_no_shapes_yet():
    own = {"generator": generator_of_ones_own, "critic": critic_of_ones_own}
    played = Recipe(TwoPlayer(NonSaturating(), (R1(),)), own, batch_size=BATCH, latent=5).resolve(1000)
    found = []
    for _ in range(2):  # Keras has counted on by then, and calls its layers otherwise
        step = step_of(played)
        before = state(step)
        step.networks["critic"].spec = DENSE["critic"]
        step(batches_for(step), played.numbers(0), 0)
        found.append(state(step))
    assert same(*found) and not same({name: found[0][name] for name in before}, before)
    step_state_keras.load_step(step_of(played), found[0])


def test_a_network_of_another_framework_gets_a_sentence():
    import torch

    own = {"generator": lambda facts: torch.nn.Linear(5, 48), "critic": critic_of_ones_own}
    with pytest.raises(RecipeError, match=r"the network generator is a torch\.nn.*\.Linear, which TensorFlow cannot"):
        step_of(Recipe(TwoPlayer(Hinge()), own, batch_size=BATCH, latent=5).resolve(1000))


def test_numbers_go_by_their_names_in_whatever_order():
    played = recipe(TwoPlayer(NonSaturating()))
    one, two = step_of(played), step_of(played)
    numbers = played.numbers(64) | {"learning_rate": 1e-2, "beta2": 0.5}
    for step, others in ((one, numbers), (two, dict(reversed(numbers.items())))):
        step(batches_for(step), numbers, 0)
        step(batches_for(step), others, BATCH)
    assert same(state(one), state(two))
