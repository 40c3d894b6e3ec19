"""Recipes: what they refuse, how they are fitted to data, their numbers over time, and the way to JSON and back."""

import json
import pickle
from dataclasses import dataclass, replace
from types import ModuleType

import pytest

from mulligan import recipes
from mulligan.assemble.backend_torch import Backend
from mulligan.augment.diffaug import DiffAugment
from mulligan.errors import RecipeError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.recipe import Facts, Recipe
from mulligan.recipes import auto
from mulligan.schedule import Cosine, Linear

PUBLISHED = [name for name in recipes.names() if name != recipes.AUTO]
PICKED = [auto.choose(count, size, 0, "cpu")[0] for count, size in ((900, (32, 32)), (900, (8, 8)), (60_000, (2,)))]
EVERY = pytest.mark.parametrize(
    "recipe",
    [recipes.get(name) for name in PUBLISHED] + PICKED,
    ids=[*PUBLISHED, "auto-pictures", "auto-tiny", "auto-points"],
)


def small(**numbers) -> Recipe:
    networks = {"generator": mlp.Generator(latent=5), "critic": mlp.Critic()}
    return Recipe(**({"game": TwoPlayer(Hinge()), "networks": networks} | numbers))


@EVERY
def test_a_recipe_comes_back_the_same_from_json(recipe):
    text = json.dumps(recipe.to_json(), allow_nan=False)
    again = Recipe.from_json(json.loads(text))
    assert again == recipe and json.dumps(again.to_json()) == text


@EVERY
def test_a_recipe_comes_back_the_same_from_a_pickle(recipe):
    assert pickle.loads(pickle.dumps(recipe)) == recipe


@EVERY
def test_a_resolved_recipe_has_no_share_left_and_gives_all_its_numbers(recipe):
    resolved = recipe.resolve(100_000)
    assert "'share': 0" not in str(resolved.to_json()) and resolved.resolve(10**9) == resolved
    keys = {"learning_rate", "critic_learning_rate", "beta2", "ema_decay", "augment_probability", "instance_noise"}
    keys |= {f"game.penalties.{penalty.name}.weight" for penalty in recipe.game.penalties}
    for images in (0, 50_000, 10**7):
        numbers = resolved.numbers(images)
        assert numbers.keys() == keys and all(isinstance(value, float) for value in numbers.values())
        assert 0 <= numbers["ema_decay"] < 1 and numbers["learning_rate"] > 0


def test_the_published_recipes_are_all_there():
    wanted = {"dense", "dcgan", "dense-conv", "wgan", "wgan-gp", "lsgan", "sngan", "cgan", "r3gan-tiny", "r3gan"}
    assert wanted <= set(PUBLISHED)


def test_a_recipe_cannot_be_changed_by_accident():
    recipe = small()
    with pytest.raises(AttributeError):
        recipe.batch_size = 1
    with pytest.raises(TypeError):
        recipe.networks["critic"] = None


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"game": "two_player"}, r"the game is 'two_player'; expected an object like TwoPlayer\(NonSaturating\(\)\)"),
        (
            {"networks": {"generator": mlp.Generator()}},
            "needs the networks generator and critic; the recipe lacks critic",
        ),
        (
            {"networks": {"generator": mlp.Generator(), "critic": mlp.Critic(), "critc": mlp.Critic()}},
            r"the recipe has a 'critc' beside them\. Did you mean 'critic'\?",
        ),
        ({"batch_size": 0}, "batch_size is 0; expected a whole number of 1 or more"),
        ({"batch_size": 8.5}, "batch_size is 8.5"),
        ({"batch_size": True}, "batch_size is True"),
        ({"images": None}, "images is None"),
        ({"tick_images": 0}, "tick_images is 0"),
        ({"patience_scores": -1}, "patience_scores is -1"),
        ({"batch_size": 10, "accumulate": 4}, "batch_size 10 cannot be split into 4 equal parts; change accumulate"),
        ({"optimizer": "adamw"}, r"optimizer is 'adamw'; expected one of adam, rmsprop\. Did you mean 'adam'\?"),
        ({"precision": "half"}, "precision is 'half'; expected one of auto, float32, bfloat16"),
        ({"beta1": 1.0}, "beta1 is 1.0; expected a number from 0 to below 1"),
        ({"beta2": Linear(0.9, 1.0, images=10)}, r"beta2 is Linear\(.*expected a number from 0 to below 1"),
        ({"learning_rate": -1e-3}, "learning_rate is -0.001; expected a number of 0 or more"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"learning_rate": None}, "learning_rate is None"),
        ({"augment_probability": 1.5}, "augment_probability is 1.5; expected a number from 0 to 1"),
        ({"instance_noise": -0.1}, "instance_noise is -0.1"),
        ({"gradient_clip": 0.0}, "gradient_clip is 0.0; expected a number above 0"),
        ({"game": TwoPlayer(Hinge(), (R1(weight=-1.0),))}, "the weight of r1 is -1.0; expected a number of 0 or more"),
        ({"game": TwoPlayer(Hinge(), (R1(weight=Linear(1, -1, images=5)),))}, r"the weight of r1 is Linear\("),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_recipe_that_cannot_be_gets_a_sentence(numbers, sentence):
    with pytest.raises(RecipeError, match=sentence):
        small(**numbers)


def test_the_defaults_may_be_said():
    assert small(gradient_clip=None, critic_learning_rate=None, tick_images=None, patience_scores=None) == small()


def test_fitting_makes_the_networks_for_the_data():
    recipe = small(labels=True).fit((12, 10, 3), labels=7)
    assert all(net.shape == (12, 10, 3) and net.labels == 7 for net in recipe.networks.values())
    assert all(net.labels == 0 for net in small().fit((12, 10, 3), labels=7).networks.values())


def test_a_callable_in_the_place_of_a_network_is_left_as_it_is():
    def build(facts):
        return facts

    recipe = small(networks={"generator": build, "critic": mlp.Critic()}, latent=9)
    assert recipe.fit((8, 8, 1), 0).networks["generator"] is build and recipe.latent_size == 9
    assert small().latent_size == 5, "a spec says its own"


@pytest.mark.parametrize(
    ("numbers", "shape", "labels", "sentence"),
    [
        ({"labels": True, "name": "cgan"}, (8, 8, 1), 0, "the recipe cgan trains with labels and the data has none"),
        ({"augment": DiffAugment()}, (2,), 0, "the data is points, augment and mirror are for pictures"),
        ({"mirror": True}, (2,), 0, "the data is points, augment and mirror are for pictures"),
        ({"networks": {"generator": dcgan.Generator(), "critic": dcgan.Critic()}}, (33, 33, 1), 0, "33x33"),
    ],
)
def test_data_that_a_recipe_cannot_take_gets_a_sentence(numbers, shape, labels, sentence):
    with pytest.raises(RecipeError, match=sentence):
        small(**numbers).fit(shape, labels)


@pytest.mark.parametrize("critic_turns", [1, 5])
def test_images_are_those_shown_to_the_critic(critic_turns):
    assert small(game=TwoPlayer(Hinge(), critic_turns=critic_turns), batch_size=16).images_per_step == 16 * critic_turns


def test_numbers_follow_their_schedules():
    game = TwoPlayer(Hinge(), (R1(weight=Cosine(1.0, 0.1, share=0.5)), R2(weight=4)))
    recipe = small(game=game, learning_rate=Linear(1e-3, 0.0, images=100), critic_learning_rate=4e-4).resolve(200)
    assert recipe.game.penalties[0].weight == Cosine(1.0, 0.1, images=100)
    start, half, end = (recipe.numbers(images) for images in (0, 50, 100))
    assert [n["learning_rate"] for n in (start, half, end)] == [1e-3, 5e-4, 0.0]
    assert [n["critic_learning_rate"] for n in (start, half, end)] == [4e-4] * 3
    assert [n["game.penalties.r1.weight"] for n in (start, half, end)] == pytest.approx([1.0, 0.55, 0.1])
    assert [n["game.penalties.r2.weight"] for n in (start, half, end)] == [4.0] * 3


def test_the_critic_learns_at_the_common_rate_unless_it_has_its_own():
    numbers = small(learning_rate=Linear(1e-3, 0.0, images=100)).numbers(25)
    assert numbers["learning_rate"] == numbers["critic_learning_rate"] == 7.5e-4


@pytest.mark.parametrize("batch_size", [16, 64])
def test_the_average_forgets_half_in_a_half_life_whatever_the_batch(batch_size):
    recipe = small(batch_size=batch_size, ema_half_life_images=6400, ema_ramp=0.05)
    decay = recipe.numbers(10**6)["ema_decay"]
    assert decay ** (6400 / batch_size) == pytest.approx(0.5, rel=1e-9)
    young = recipe.numbers(64_000)["ema_decay"]  # a twentieth of what it has seen
    assert young ** (3200 / batch_size) == pytest.approx(0.5, rel=1e-9)
    assert recipe.numbers(0)["ema_decay"] == 0 and small(ema_half_life_images=0).numbers(10**6)["ema_decay"] == 0


def test_augmentation_has_no_probability_where_there_is_none():
    assert small(augment_probability=0.5).numbers(0)["augment_probability"] == 0
    assert small(augment_probability=0.5, augment=DiffAugment()).numbers(0)["augment_probability"] == 0.5


@dataclass(frozen=True)
class OwnGame(TwoPlayer):
    """A game of a user's own file, with a number that may be a schedule."""

    spice: object = 1.0


def test_schedules_in_parts_of_a_user_are_resolved_too():
    recipe = small(game=OwnGame(Hinge(), spice=Linear(0, 1, share=0.5))).resolve(100)
    assert recipe.game.spice == Linear(0, 1, images=50) and type(recipe.game) is OwnGame


def test_parts_of_a_user_come_back_only_from_his_own_file():
    module = ModuleType("my_gan.py")
    kind = dataclass(frozen=True)(type("MyHinge", (Hinge,), {"__module__": "my_gan.py"}))
    module.MyHinge = kind
    recipe = small(game=TwoPlayer(kind()))
    data = json.loads(json.dumps(recipe.to_json()))
    assert data["game"]["objective"] == {"is": "my_gan.py:MyHinge"}
    assert Recipe.from_json(data, module) == recipe
    with pytest.raises(RecipeError, match=r"your own file my_gan\.py; .*--recipe my_gan\.py"):
        Recipe.from_json(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"batchsize": 3}, "Recipe has no 'batchsize'.*Did you mean 'batch_size'"),
        ({"game": {"is": "games/two_player.TwoPlayer", "objective": {"is": "os.system"}}}, "no part of Mulligan"),
        ({"game": {"is": "objectives/hinge.Hinge"}}, "the game is Hinge"),
        ({"augment": {"is": "augment/diffaug.Nothing"}}, "has no 'Nothing'"),
        ({"batch_size": "64"}, "batch_size .*'64'"),
    ],
)
def test_json_that_is_no_recipe_gets_a_sentence(change, sentence):
    with pytest.raises(RecipeError, match=sentence):
        Recipe.from_json(small().to_json() | change)


def test_one_recipe_is_derived_from_another():
    derived = replace(recipes.get("dcgan"), batch_size=32)
    assert derived.batch_size == 32 and derived.networks == recipes.get("dcgan").networks


def test_what_a_callable_network_is_told():
    facts = Facts((24, 32, 3), labels=10, latent=64)
    assert facts.size == (24, 32) and facts.channels == 3


def test_the_critic_has_an_epsilon_of_its_own_where_one_is_said():
    recipe = replace(recipes.get("dcgan"), epsilon=1e-7)
    assert recipe.epsilon_of("critic") == recipe.epsilon_of("generator") == 1e-7
    other = replace(recipe, critic_epsilon=1e-3)
    assert (other.epsilon_of("critic"), other.epsilon_of("generator")) == (1e-3, 1e-7)
    step = Backend("cpu").step(replace(other, batch_size=4).fit((28, 28, 1), 0).resolve(100), (28, 28, 1), 0, seed=0)
    assert {role: each.defaults["eps"] for role, each in step.optimizers.items()} == {"critic": 1e-3, "generator": 1e-7}


@pytest.mark.parametrize(
    ("batch_size", "accumulate", "processes", "advice"),
    [(1, 1, 1, "--batch 2"), (4, 4, 1, "--batch 8"), (4, 2, 2, "--batch 8")],
)
def test_batch_norm_of_vectors_is_refused_one_sample_at_once(batch_size, accumulate, processes, advice):
    numbers = {"batch_size": batch_size, "accumulate": accumulate}
    normed = {"generator": mlp.Generator(latent=5, batch_norm=True), "critic": mlp.Critic()}
    with pytest.raises(RecipeError, match=f"batch norm in the generator has 1 sample at once.* type {advice}, or"):
        small(networks=normed, **numbers).refuse_lonely(processes)
    small(**numbers).refuse_lonely(processes)
    small(networks=normed, **numbers | {"batch_size": 2 * batch_size}).refuse_lonely(processes)
    if processes > 1:
        small(networks=normed, synchronize_batch_norm=True, **numbers).refuse_lonely(processes)
