"""--set: numbers, schedules and parts by their dotted names, and any objective with any penalties."""

import itertools
import json
from dataclasses import replace

import pytest

from mulligan import catalogue, recipes
from mulligan.assemble._backend import open_backend
from mulligan.errors import RecipeError
from mulligan.networks import mlp
from mulligan.objectives import Objective, Penalty
from mulligan.override import override
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine, Linear
from mulligan.train.draws import Draws

DCGAN, R3 = recipes.get("dcgan"), recipes.get("r3gan-tiny")


def through_json(recipe: Recipe) -> Recipe:
    return Recipe.from_json(json.loads(json.dumps(recipe.to_json())))


@pytest.mark.parametrize(
    "assignment, expected",
    [
        ("learning_rate=1e-3", 1e-3), ("learning_rate = 1e-3 ", 1e-3), ("images=1e6", 1_000_000), ("mirror=true", True),
        ("learning_rate=cosine(2e-4,5e-5,20%)", Cosine(2e-4, 5e-5, share=0.2)),
        ("learning_rate=linear(1e-3, 0, 1e6)", Linear(1e-3, 0, images=1_000_000)),
        ("gradient_clip=none", None), ("gradient_clip=1", 1), ("patience_scores=3", 3),
        ("optimizer=rmsprop", "rmsprop"),
        ("name=5", "5"), ("about=a, b", "a, b"), ("labels=True", True),
    ],
)  # fmt: skip
def test_numbers(assignment, expected):
    changed = override(DCGAN, [assignment])
    assert getattr(changed, assignment.partition("=")[0].strip()) == expected
    assert through_json(changed).to_json() == changed.to_json()


def test_numbers_of_parts():
    changed = override(
        R3, ["game.penalties.r1.weight=linear(5,1,50%)", "networks.critic.width=32", "game.critic_turns=2"]
    )
    assert changed.game.penalties[0].weight == Linear(5, 1, share=0.5)
    assert changed.game.penalties[1] == R3.game.penalties[1], "the other one stays"
    assert changed.networks["critic"].width == 32 and changed.game.critic_turns == 2
    assert through_json(changed).to_json() == changed.to_json()


@pytest.mark.parametrize("text", ["64,64", "[64,64]", "(64, 64)", "[64, 64]"])
def test_tuples(text):
    changed = override(DCGAN, ["networks.generator=mlp", f"networks.generator.hidden={text}"])
    assert changed.networks["generator"].hidden == (64, 64)


@pytest.mark.parametrize(
    "assignment, name",
    [
        ("game.objective=hinge", "objectives/hinge.Hinge"),
        ("game.objective=relativistic", "objectives/relativistic.RelativisticPair"),
        ("game.objective=relativistic.RelativisticAverage", "objectives/relativistic.RelativisticAverage"),
        ("augment=diffaug", "augment/diffaug.DiffAugment"),
        ("networks.generator=r3", "networks/r3.Generator"),
        ("networks.critic=convcritic", "networks/convcritic.Critic"),
        ("networks.critic=dcgan.Critic", "networks/dcgan.Critic"),
        ("game=two_player", "games/two_player.TwoPlayer"),
    ],
)
def test_parts(assignment, name):
    changed = override(DCGAN, [assignment])
    part = changed
    for step in assignment.partition("=")[0].split("."):
        part = part[step] if step in ("generator", "critic") else getattr(part, step)
    assert catalogue.name_of(part) == name
    assert through_json(changed).to_json() == changed.to_json()


def test_a_new_network_keeps_the_latent():
    assert override(DCGAN, ["networks.generator=r3"]).latent_size == DCGAN.latent_size == 100


def test_penalties_are_replaced_as_a_list():
    assert [p.name for p in override(DCGAN, ["game.penalties=r1,r2"]).game.penalties] == ["r1", "r2"]
    assert override(R3, ["game.penalties=none"]).game.penalties == ()
    assert override(R3, ["game.penalties="]).game.penalties == ()


def test_assignments_build_on_each_other():
    changed = override(
        DCGAN, ["augment=diffaug", "augment.policy=color,cutout", "game.penalties=r1", "game.penalties.r1.weight=3"]
    )
    assert changed.augment.policy == ("color", "cutout") and changed.game.penalties[0].weight == 3


def test_a_part_of_ones_own_may_be_replaced():
    class Own(Objective):
        pass

    mine = replace(
        DCGAN, game=replace(DCGAN.game, objective=Own()), networks={**DCGAN.networks, "generator": lambda facts: None}
    )
    changed = override(mine, ["game.objective=hinge", "networks.generator=dcgan"])
    assert catalogue.name_of(changed.networks["generator"]) == "networks/dcgan.Generator"


@pytest.mark.parametrize(
    "assignment, words",
    [
        ("learning_rte=1", "Did you mean 'learning_rate'"), ("game.objectiv=hinge", "Did you mean 'objective'"),
        ("game.objective=hnge", "Did you mean 'hinge'"), ("learning_rate=x", "expected a number or a schedule"),
        ("learning_rate=1e30", r"set to '1e30'; expected a number or a schedule .*, below 9.22e\+18"),
        ("beta1=cosine(0,0.9,20%)", "expected a number"), ("learning_rate=cosine(1,2,200%)", "share from 0 to 1"),
        ("learning_rate=linear(1,x,2)", "is no schedule"), ("images=1.5", "expected a whole number"),
        ("networks.generator.channels=3", "follows from the data"), ("beta1=1", "from 0 to below 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_set(assignment, words):
    with pytest.raises(RecipeError, match="(?s)" + words.replace("'", ".")):
        override(DCGAN, [assignment])


OBJECTIVES = [
    f"{file}.{name}"
    for file in catalogue.listing("objectives")
    for name, kind in catalogue.parts("objectives", file).items()
    if not issubclass(kind, Penalty)
]
PENALTIES = [
    kind.name
    for file in catalogue.listing("objectives")
    for kind in catalogue.parts("objectives", file).values()
    if issubclass(kind, Penalty)
]
SETS = [*((penalty,) for penalty in PENALTIES), *itertools.combinations(PENALTIES, 2), tuple(PENALTIES), ()]


@pytest.mark.parametrize("penalties", SETS, ids="+".join)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_any_objective_with_any_penalties_plays_a_round(objective, penalties):
    tiny = replace(
        DCGAN,
        networks={"generator": mlp.Generator(latent=4, hidden=(8,)), "critic": mlp.Critic(hidden=(8,))},
        batch_size=4,
    )
    recipe = override(tiny, [f"game.objective={objective}", f"game.penalties={','.join(penalties) or 'none'}"])
    recipe = through_json(recipe).fit((4, 4, 1), 0).resolve(1000)
    step = open_backend("torch", "cpu").step(recipe, (4, 4, 1), 0, seed=0)
    scalars = play_one_round(step, recipe)
    assert {name.partition("/")[0] for name in scalars} == {"critic", "generator"}
    assert all(float(value) == float(value) for value in scalars.values())


def play_one_round(step, recipe):
    import numpy as np

    from mulligan import data
    from mulligan.codecs.image import ImageCodec

    codec = ImageCodec(size=(4, 4), channels=1)
    source = data.open_source("digits", codec, cache=False)
    feed = open_backend("torch", "cpu").feed(recipe, source, codec, Draws(0), 0)
    scalars = step(next(feed.rounds(0)), recipe.numbers(0), 0)
    return {name: np.asarray(value) for name, value in scalars.items()}
