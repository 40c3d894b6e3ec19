"""The two-player game: who is asked how often, what each one sees, and what it minimizes."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import nn

from mulligan.augment.diffaug import DiffAugment
from mulligan.augment.view_torch import View
from mulligan.critique import Critique
from mulligan.errors import RecipeError
from mulligan.games import Turn
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives import Objective, Penalty
from mulligan.objectives.dragan import Dragan
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.train.draws import Draws

N, LATENT = 4, 3


class Generator(nn.Module):
    """Latents as pictures of one pixel row, and a note of what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(LATENT, 2 * 4 * 4)
        self.given: list = []

    def forward(self, z, label=None, condition=None):
        self.given.append((z, label))
        return torch.tanh(self.dense(z)).unflatten(1, (2, 4, 4))


class Critic(nn.Module):
    """A critic that returns a bare score, and a note of what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.out = nn.Linear(32, 8), nn.Linear(8, 1)
        self.given: list = []

    def forward(self, view, label=None, condition=None):
        self.given.append((view, label))
        return self.out(torch.tanh(self.dense(view.flatten(1)))).squeeze(1)


def plain(samples, name, batch):
    return samples


def table(labels=False):
    torch.manual_seed(0)
    networks = {"generator": Generator(), "critic": Critic()}
    batch = {"real": torch.randn(N, 2, 4, 4), "z": torch.randn(N, LATENT), "mix": torch.rand(N)}
    if labels:
        batch["label"] = torch.arange(N)
    return networks, batch


def weights(game, weight=1.0):
    return {f"game.penalties.{penalty.name}.weight": weight for penalty in game.penalties}


@pytest.mark.parametrize(
    ("objective", "penalties", "others", "generator_sees"),
    [
        (NonSaturating(), (), 0, 1),
        (NonSaturating(), (R1(), R2()), 0, 1),
        (RelativisticPair(), (R1(), R2()), 0, 2),
        (Wasserstein(), (GradientPenalty(),), 1, 1),
        (Hinge(), (R1(), GradientPenalty(), Dragan()), 2, 1),
    ],
    ids=str,
)
def test_each_sample_is_judged_once_in_a_turn(objective, penalties, others, generator_sees):
    game = TwoPlayer(objective, penalties)
    networks, batch = table()
    game.play(Turn("critic"), networks, batch, weights(game), plain)
    assert len(networks["critic"].given) == 2 + others and len(networks["generator"].given) == 1
    game.play(Turn("generator"), networks, batch, weights(game), plain)
    assert len(networks["critic"].given) == 2 + others + generator_sees and len(networks["generator"].given) == 2


def test_the_critic_moves_k_times_on_new_samples_and_then_the_generator_on_the_last():
    turns = TwoPlayer(Hinge(), critic_turns=3).turns
    assert [turn.player for turn in turns] == ["critic", "critic", "critic", "generator"]
    assert [turn.fresh_batch for turn in turns] == [True, True, True, False]


def test_latents_are_fresh_in_each_turn_and_the_same_at_the_same_place():
    game, draws = TwoPlayer(Hinge()), Draws(0)
    critic, generator = (game.draw(Turn(player), draws, 0, 8, LATENT) for player in ("critic", "generator"))
    assert critic["z"].shape == (8, LATENT) and critic["mix"].shape == (8,)
    later = game.draw(Turn("critic"), draws, 8, 8, LATENT)
    for name in ("z", "mix"):
        assert not (critic[name] == generator[name]).any() and not (critic[name] == later[name]).any()
        assert (game.draw(Turn("critic"), Draws(0), 0, 8, LATENT)[name] == critic[name]).all()


def test_both_networks_are_told_the_label_also_at_other_points():
    game = TwoPlayer(RelativisticPair(), penalties=(R1(), GradientPenalty()))
    networks, batch = table(labels=True)
    for player in ("critic", "generator"):
        game.play(Turn(player), networks, batch, weights(game), plain)
    asked = networks["critic"].given + networks["generator"].given
    assert len(asked) == 3 + 2 + 2 and all(label is batch["label"] for _, label in asked)


def test_without_labels_none_are_given():
    game = TwoPlayer(Hinge())
    networks, batch = table()
    game.play(Turn("critic"), networks, batch, {}, plain)
    assert all(label is None for network in networks.values() for _, label in network.given)


def test_a_penalty_is_weighted_by_the_numbers_of_the_moment():
    game = TwoPlayer(Wasserstein(), penalties=(R1(weight=99.0), GradientPenalty(weight=99.0)))
    networks, batch = table()
    once = game.play(Turn("critic"), networks, batch, weights(game), plain).terms
    numbers = {"game.penalties.r1.weight": 3.0, "game.penalties.gradient_penalty.weight": 0.0}
    now = game.play(Turn("critic"), networks, batch, numbers, plain).terms
    torch.testing.assert_close(now["r1"], 3 * once["r1"])
    assert now["gradient_penalty"] == 0 and now["real"] == once["real"]


def test_the_gradient_of_r1_is_taken_before_augmentation():
    game = TwoPlayer(Wasserstein(), penalties=(R1(),))
    networks, batch = table()
    spec = DiffAugment(("color", "translation", "cutout"))
    augment, uniforms = spec.build("torch"), torch.rand(N, spec.uniforms)
    batch |= {"augment/real": uniforms, "augment/fake": torch.rand(N, spec.uniforms)}
    numbers = weights(game) | {"augment_probability": 0.9, "instance_noise": 0.0}
    view = View(augment)
    outcome = game.play(
        Turn("critic"), networks, batch, numbers, lambda samples, name, of: view(samples, name, of, numbers=numbers)
    )
    before = batch["real"].clone().requires_grad_()
    (slope,) = torch.autograd.grad(networks["critic"](augment(before, uniforms, 0.9)).sum(), before)
    torch.testing.assert_close(outcome.terms["r1"].detach(), slope.square().sum((1, 2, 3)).mean() / 2)
    after = augment(batch["real"], uniforms, 0.9).requires_grad_()
    (slope,) = torch.autograd.grad(networks["critic"](after).sum(), after)
    assert abs(outcome.terms["r1"].item() - slope.square().sum((1, 2, 3)).mean().item() / 2) > 1e-4


def test_the_generator_learns_through_the_augmentation():
    game = TwoPlayer(NonSaturating())
    networks, batch = table()
    spec = DiffAugment(("translation",))
    batch["augment/fake"] = torch.rand(N, spec.uniforms)
    numbers = {"augment_probability": 1.0, "instance_noise": 0.0}
    view = View(spec.build("torch"))
    outcome = game.play(
        Turn("generator"), networks, batch, numbers, lambda samples, name, of: view(samples, name, of, numbers=numbers)
    )
    outcome.terms["fake"].backward()
    assert networks["generator"].dense.weight.grad.abs().sum() > 0


def test_the_view_leaves_samples_alone_where_there_is_nothing_to_do():
    samples = torch.randn(2, 3, 4, 4)
    assert View(None)(samples, "real", {}, numbers={"augment_probability": 0.0, "instance_noise": 0.0}) is samples


def test_instance_noise_has_the_deviation_that_was_asked_for():
    torch.manual_seed(0)
    samples = torch.zeros(64, 3, 16, 16)
    noisy = View(None)(samples, "real", {}, numbers={"augment_probability": 0.0, "instance_noise": 0.25})
    assert noisy.std().item() == pytest.approx(0.25, rel=0.02)


def test_a_critic_may_return_a_tensor_or_a_critique():
    class Wordy(Critic):
        def forward(self, view, label=None, condition=None):
            return Critique(super().forward(view, label))

    outcomes = []
    for kind in (Critic, Wordy):
        networks, batch = table()
        wordy = kind()
        wordy.load_state_dict(networks["critic"].state_dict())
        game = TwoPlayer(NonSaturating(), penalties=(R1(),))
        outcomes.append(game.play(Turn("critic"), networks | {"critic": wordy}, batch, weights(game), plain).terms)
    assert all(torch.equal(outcomes[0][name], outcomes[1][name]) for name in ("real", "fake", "r1"))


def test_weights_are_clipped_after_the_turn_of_the_critic_alone():
    game = TwoPlayer(Wasserstein(weight_clip=0.01))
    networks, _ = table()
    game.after_update(Turn("generator"), networks)
    assert max(weight.abs().max() for weight in networks["critic"].parameters()) > 0.01
    game.after_update(Turn("critic"), networks)
    assert max(weight.abs().max() for weight in networks["critic"].parameters()) <= 0.01
    assert max(weight.abs().max() for weight in networks["generator"].parameters()) > 0.01


@dataclass(frozen=True)
class Silent(Objective):
    """An objective without any term."""


@dataclass(frozen=True)
class Careless(Penalty):
    """A penalty that asks for a slope without saying so before."""

    weight: float = 1.0
    name: ClassVar[str] = "careless"

    def critic_terms(self, play):
        return {"careless": play.critic_gradient(play.real_samples)}


@dataclass(frozen=True)
class Namesake(Penalty):
    """A penalty whose term is called like one of the objective."""

    weight: float = 1.0
    name: ClassVar[str] = "namesake"

    def critic_terms(self, play):
        return {"real": play.real.score}


@pytest.mark.parametrize(
    ("objective", "penalties", "sentence"),
    [
        (Silent(), (), "Silent leaves a player without terms"),
        (Hinge(), (Careless(),), r"not announced; declare input_gradients = frozenset\(\{'other'\}\)"),
        (Hinge(), (Namesake(),), "two terms are called 'real'; give that of namesake another name"),
    ],
)
def test_a_part_that_breaks_the_rules_gets_a_sentence(objective, penalties, sentence):
    game = TwoPlayer(objective, penalties)
    networks, batch = table()
    with pytest.raises(RecipeError, match=sentence):
        game.play(Turn("critic"), networks, batch, weights(game), plain)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"penalties": (R1(), R2(), R1(weight=5.0))}, "the penalty r1 stands twice in the game"),
        ({"objective": Hinge}, r"the objective is <class .*Hinge'>; expected an object like NonSaturating\(\)"),
        ({"penalties": (R1,)}, r"a penalty of the game is <class .*R1'>; expected an object like R1\(weight=1.0\)"),
        ({"penalties": (Hinge(),)}, r"a penalty of the game is Hinge\(\)"),
        ({"critic_turns": 0}, "critic_turns is 0; expected a whole number of 1 or more"),
        ({"critic_turns": 1.5}, "critic_turns is 1.5"),
    ],
)
def test_a_game_that_cannot_be_played_gets_a_sentence(parts, sentence):
    with pytest.raises(RecipeError, match=sentence):
        TwoPlayer(**({"objective": Hinge()} | parts))


@pytest.mark.parametrize(("name", "rows", "has"), [("real", 2, "has 4"), ("both", 4, "has none by that name")])
def test_samples_that_the_batch_has_no_random_numbers_for_are_a_sentence(name, rows, has):
    spec = DiffAugment()
    batch = {"augment/real": torch.rand(4, spec.uniforms)}
    numbers = {"augment_probability": 0.5, "instance_noise": 0.0}
    with pytest.raises(
        RecipeError, match=f"{rows} samples of '{name}' to augment, and the batch {has}; .*augment=none"
    ):
        View(spec.build("torch"))(torch.zeros(rows, 1, 8, 8), name, batch, numbers=numbers)
