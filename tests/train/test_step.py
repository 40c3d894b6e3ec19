"""The step: who moves and who does not, exact accumulation, numbers that reach the optimizer, repeatable randomness."""

import inspect
from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import nn

from mulligan.assemble._backend import open_backend
from mulligan.augment.view_torch import View
from mulligan.critique import Critique
from mulligan.games._game import Turn
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.networks._freeze_torch import frozen
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticPair
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe
from mulligan.schedule import Linear
from mulligan.train import step_torch
from mulligan.train.ema_torch import Ema
from mulligan.train.step_torch import Step

BATCH = 8
NUMBERS = {
    "learning_rate": 0.05,
    "critic_learning_rate": 0.1,
    "beta2": 0.99,
    "ema_decay": 0.5,
    "augment_probability": 0.0,
    "instance_noise": 0.0,
    "game.penalties.r1.weight": 1.0,
    "game.penalties.r2.weight": 1.0,
    "game.penalties.gradient_penalty.weight": 10.0,
}
DENSE = (
    mlp.Generator(size=4, channels=3, latent=5, hidden=(12,)),
    mlp.Critic(size=4, channels=3, hidden=(12, 12)),
)
STATISTICS = (dcgan.Generator(size=16, latent=5, width=4), dcgan.Critic(size=16, width=4))
SPECTRAL = (dcgan.Generator(size=16, latent=5, width=4), dcgan.Critic(size=16, width=4, normalization="spectral"))


def sgd(weights):
    return torch.optim.SGD(weights, lr=1.0)


def adam(weights):
    return torch.optim.Adam(weights, betas=(0.0, 0.9), fused=True)


def make_step(game, specs=DENSE, optimizer=sgd, **options) -> Step:
    torch.manual_seed(0)
    networks = {role: spec.build("torch") for role, spec in zip(("generator", "critic"), specs, strict=True)}
    return Step(
        game=game,
        networks=networks,
        optimizers={role: optimizer(network.parameters()) for role, network in networks.items()},
        ema=Ema(networks["generator"]),
        view=View(None),
        frozen=frozen,
        **options,
    )


def batches_for(step, seed=1):
    random = torch.Generator().manual_seed(seed)
    size, channels = step.networks["critic"].spec.size, step.networks["critic"].spec.channels
    found = []
    for turn in step.game.turns:
        if turn.fresh_batch:
            real = torch.randn(BATCH, channels, *size, generator=random)
        drawn = {"z": torch.randn(BATCH, 5, generator=random), "mix": torch.rand(BATCH, generator=random)}
        found.append({"real": real} | drawn)
    return found


def state(step):
    return {
        f"{role}/{name}": tensor.clone()
        for role, network in step.networks.items()
        for name, tensor in network.state_dict().items()
    }


def same(before, after):
    return before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


PENALIZED = TwoPlayer(NonSaturating(), penalties=(R1(), R2(), GradientPenalty()))


@pytest.mark.parametrize(
    "game", [PENALIZED, TwoPlayer(RelativisticPair(), (R1(),)), TwoPlayer(Hinge(), (), 2)], ids=str
)
@pytest.mark.parametrize("accumulate", [2, 4])
def test_a_batch_in_parts_gives_what_the_whole_batch_gives(game, accumulate):
    whole, parts = make_step(game), make_step(game, accumulate=accumulate)
    start = state(whole)
    for images in (0, BATCH):
        told = [step(batches_for(step, seed=images), NUMBERS, images) for step in (whole, parts)]
        for name, value in told[0].items():
            torch.testing.assert_close(told[1][name], value, rtol=1e-5, atol=1e-5)
    mine, theirs = state(whole), state(parts)
    for name, value in mine.items():
        torch.testing.assert_close(theirs[name], value, rtol=1e-5, atol=1e-5)
    assert max((mine[name] - start[name]).abs().max().item() for name in start) > 1e-3


@pytest.mark.parametrize("critic_turns", [1, 2, 5])
@pytest.mark.parametrize("accumulate", [1, 2, 4, 8])
def test_every_turn_is_one_update_however_the_batch_is_split(critic_turns, accumulate):
    step = make_step(TwoPlayer(Hinge(), critic_turns=critic_turns), accumulate=accumulate)
    counts = Counter()
    for role, optimizer in step.optimizers.items():
        optimizer.register_step_post_hook(lambda *_, role=role: counts.update([role]))
    for images in range(3):
        step(batches_for(step), NUMBERS, images)
    assert counts == {"critic": 3 * critic_turns, "generator": 3}


class Watched(TwoPlayer):
    """A game that keeps the state of all networks after each turn."""

    def after_update(self, turn, networks):
        super().after_update(turn, networks)
        self.__dict__.setdefault("seen", []).append(
            {role: {name: t.clone() for name, t in net.state_dict().items()} for role, net in networks.items()}
        )


@pytest.mark.parametrize("specs", [STATISTICS, SPECTRAL], ids=["batch norm", "spectral norm"])
def test_the_opponent_does_not_move_by_a_bit(specs):
    game = Watched(NonSaturating(), penalties=(R1(),), critic_turns=2)
    step = make_step(game, specs, adam)
    before = {role: {name: t.clone() for name, t in net.state_dict().items()} for role, net in step.networks.items()}
    step(batches_for(step), NUMBERS, 0)
    for turn, after in zip(game.turns, game.seen, strict=True):
        for role in step.networks:
            assert same(before[role], after[role]) == (role != turn.player), (turn, role)
        buffers = dict(step.networks[turn.player].named_buffers())
        moved = [name for name in buffers if not torch.equal(before[turn.player][name], after[turn.player][name])]
        assert moved, "the player's own statistics must move, or this test proves nothing"
        before = after


def test_no_gradient_is_computed_that_nobody_asked_for():
    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            self.spec, self.dense, self.asked = DENSE[1], nn.Linear(48, 1), []

        def forward(self, view, label=None, condition=None):
            self.asked.append(view.requires_grad)
            return Critique(self.dense(view.flatten(1)).squeeze(1))

    class Specs:
        build = staticmethod(lambda framework: Critic())

    step = make_step(TwoPlayer(Hinge()), (DENSE[0], Specs))
    weights = list(step.networks["generator"].parameters())
    step.game = turn_of_the_critic = Only("critic", step.game)
    step(batches_for(step), NUMBERS, 0)
    assert all(weight.grad is None for weight in weights)
    assert step.networks["critic"].asked == [False, False], "neither real nor fake pictures need a gradient here"
    turn_of_the_critic.player = "generator"
    critic_gradients = [weight.grad.clone() for weight in step.networks["critic"].parameters()]
    step(batches_for(step), NUMBERS, 0)
    assert all(weight.grad is not None for weight in weights) and step.networks["critic"].asked[2:] == [True]
    for weight, before in zip(step.networks["critic"].parameters(), critic_gradients, strict=True):
        assert torch.equal(weight.grad, before) and weight.requires_grad


class Only:
    """One player's turns of a game."""

    def __init__(self, player, game):
        self.player, self.game = player, game

    @property
    def turns(self):
        turns = [turn for turn in self.game.turns if turn.player == self.player]
        return tuple(type(turn)(turn.player) for turn in turns)

    def __getattr__(self, name):
        return getattr(self.game, name)


def test_large_gradients_are_clipped_to_the_norm_and_small_ones_left():
    for limit, clipped in ((1e-3, True), (1e6, False)):
        step, free = make_step(PENALIZED, gradient_clip=limit), make_step(PENALIZED)
        before = state(step)
        numbers = NUMBERS | {"learning_rate": 1.0, "critic_learning_rate": 1.0}
        step(batches_for(step), numbers, 0)
        free(batches_for(free), numbers, 0)
        assert same(state(step), state(free)) != clipped
        if clipped:
            for role in step.networks:
                moves = [state(step)[name] - before[name] for name in before if name.startswith(role)]
                assert torch.cat([move.flatten() for move in moves]).norm().item() == pytest.approx(limit, rel=1e-2)


def test_the_numbers_of_the_moment_reach_both_optimizers():
    step = make_step(TwoPlayer(Hinge()), optimizer=adam)
    for rate, beta2 in ((1e-3, 0.9), (1e-4, 0.99)):
        numbers = NUMBERS | {"learning_rate": rate, "critic_learning_rate": 2 * rate, "beta2": beta2}
        step(batches_for(step), numbers, 0)
        for role, wanted in (("generator", rate), ("critic", 2 * rate)):
            (group,) = step.optimizers[role].param_groups
            assert group["lr"] == wanted and group["betas"] == (0.0, beta2)


def test_whole_numbers_as_betas_give_what_the_same_floats_give():
    found = []
    for zero in (0, 0.0):
        networks = dict(zip(("generator", "critic"), DENSE, strict=True))
        recipe = Recipe(TwoPlayer(Hinge()), networks, beta1=zero, beta2=Linear(zero, zero, images=10), batch_size=BATCH)
        step = open_backend("torch", "cpu").step(recipe, (4, 4, 3), 0, seed=0)
        step(batches_for(step), recipe.numbers(0), 0)
        found.append(state(step))
    assert same(*found)


def test_the_average_follows_the_product():
    step = make_step(TwoPlayer(Hinge()))
    before = [weight.clone() for weight in step.ema.network.parameters()]
    step(batches_for(step), NUMBERS | {"ema_decay": 0.75}, 0)
    own = step.networks["generator"].parameters()
    for average, start, weight in zip(step.ema.network.parameters(), before, own, strict=True):
        torch.testing.assert_close(average, 0.75 * start + 0.25 * weight.detach())


def test_two_steps_at_one_place_are_equal_bit_for_bit_and_at_another_place_not():
    specs = (DENSE[0], replace(DENSE[1], dropout=0.5))
    game, numbers = TwoPlayer(NonSaturating(), penalties=(R1(),)), NUMBERS | {"instance_noise": 0.3}
    found = []
    for seed, images in ((3, 64), (3, 64), (3, 128), (4, 64)):
        step = make_step(game, specs, adam, seed=seed)
        torch.rand(7)  # what was drawn before must not matter
        step(batches_for(step), numbers, images)
        found.append(state(step))
    assert same(found[0], found[1])
    assert not same(found[0], found[2]) and not same(found[0], found[3])


def test_the_generator_of_the_steps_own_card_is_seeded(monkeypatch):
    cards = (torch.Generator().manual_seed(0), torch.Generator().manual_seed(0))
    monkeypatch.setattr(torch.cuda, "default_generators", cards)
    step_torch._seed(torch.device("cuda", 1), 7)
    assert [card.initial_seed() for card in cards] == [0, 7]


def test_the_weights_of_a_clipped_critic_stay_within_the_bound():
    game = TwoPlayer(Wasserstein(weight_clip=0.01), critic_turns=2)
    step = make_step(game, STATISTICS, lambda weights: torch.optim.RMSprop(weights))
    for images in range(3):
        step(batches_for(step), NUMBERS, images)
        assert max(weight.abs().max().item() for weight in step.networks["critic"].parameters()) <= 0.01


@pytest.mark.parametrize("game", [PENALIZED, TwoPlayer(RelativisticPair(), (R1(), R2()))], ids=["gp", "pair"])
def test_in_bfloat16_networks_compute_and_losses_and_penalties_stay_in_float32(game):
    specs = (dcgan.Generator(size=16, latent=5, width=8), dcgan.Critic(size=16, width=8, normalization="none"))
    full, half = make_step(game, specs), make_step(game, specs, bfloat16=True)
    wide = batches_for(full)
    expected, found = full(wide, NUMBERS, 0), half(wide, NUMBERS, 0)
    assert not torch.equal(found["critic/r1"], expected["critic/r1"]), "it must not have computed in float32 throughout"
    for name, value in found.items():
        assert value.dtype == torch.float32, name
        torch.testing.assert_close(value, expected[name], rtol=0.1, atol=0.02)
    assert all(weight.dtype == torch.float32 for net in half.networks.values() for weight in net.parameters())


def test_a_penalty_beyond_the_range_of_half_precision_stays_finite_in_bfloat16():
    game = TwoPlayer(NonSaturating(), penalties=(R1(),))
    step = make_step(game, (DENSE[0], DENSE[1]), bfloat16=True)
    with torch.no_grad():
        for weight in step.networks["critic"].parameters():
            weight.mul_(100)
    found = step(batches_for(step), NUMBERS | {"learning_rate": 0.0, "critic_learning_rate": 0.0}, 0)
    assert 7e4 < found["critic/r1"].item() < 1e20


@pytest.mark.parametrize("specs", [DENSE, STATISTICS], ids=["dense", "batch norm"])
@pytest.mark.parametrize(
    ("options", "turns", "passes"),
    [({}, 1, 1), ({}, 2, 2), ({"bfloat16": True}, 1, 1), ({"accumulate": 2}, 1, 4)],
    ids=["plain", "two critic turns", "bfloat16", "parts"],
)
def test_shared_fakes_are_made_once_and_give_what_equal_ones_give(specs, options, turns, passes):
    """Equal ones: these batches have the same latents for the last two turns of a round."""
    shared, apart = (
        make_step(TwoPlayer(NonSaturating(), (R1(),), turns, shared_fakes=shares), specs, **options)
        for shares in (True, False)
    )
    made = []
    shared.networks["generator"].register_forward_hook(lambda *_: made.append(1))
    for images in (0, BATCH):
        told = [step(batches_with_one_latent(step, images), NUMBERS, images) for step in (shared, apart)]
        assert all(torch.equal(told[0][name], value) for name, value in told[1].items())
    assert len(made) == 2 * passes and not shared.generator.said
    assert same(state(shared), state(apart))


def batches_with_one_latent(step, seed):
    *critics, generators = batches_for(step, seed)
    return [*critics, generators | {"z": critics[-1]["z"]}]


def test_a_critic_that_works_on_its_input_does_not_spoil_shared_fakes():
    class InPlace(nn.Module):
        def __init__(self, inside):
            super().__init__()
            self.inside, self.spec = inside, inside.spec

        def forward(self, view, label=None):
            return self.inside(view.mul_(0.5) if not view.requires_grad else view * 0.5)

    shared, apart = (make_step(TwoPlayer(NonSaturating(), shared_fakes=shares)) for shares in (True, False))
    for step in (shared, apart):
        step.networks["critic"] = InPlace(step.networks["critic"])
        step(batches_with_one_latent(step, 0), NUMBERS, 0)
    assert same(state(shared), state(apart))


@pytest.mark.parametrize("shares", [True, False])
def test_what_a_generator_drops_by_chance_is_one_for_both_turns_where_fakes_are_shared(shares):
    step = make_step(TwoPlayer(NonSaturating(), shared_fakes=shares))
    step.networks["generator"].register_forward_hook(lambda *told: nn.functional.dropout(told[-1], 0.5))
    views = []
    step.networks["critic"].register_forward_pre_hook(lambda _, given: views.append(given[0].detach().clone()))
    step(batches_with_one_latent(step, 0), NUMBERS, 0)
    _, in_critics_turn, in_generators_turn = views
    assert torch.equal(in_critics_turn, in_generators_turn) == shares


class TwiceTheGenerator(TwoPlayer):
    """Whose second turn takes over the latents of a turn in which it moved."""

    turns = (Turn("critic"), Turn("generator", False, False), Turn("generator", False, False))


def test_a_generator_that_moved_is_asked_anew():
    step = make_step(TwiceTheGenerator(NonSaturating()))
    made = []
    step.networks["generator"].register_forward_hook(lambda *_: made.append(1))
    step(batches_for(step), NUMBERS, 0)
    assert len(made) == 2


def test_what_was_kept_of_a_pass_is_gone_after_a_step_that_failed():
    step = make_step(TwoPlayer(NonSaturating(), shared_fakes=True))
    critic, generator = batches_for(step)
    with pytest.raises(KeyError):
        step([critic, {"real": generator["real"]}], NUMBERS, 0)
    assert not step.generator.said


def test_only_the_statistics_of_a_generator_whose_pass_is_shared_move_in_the_critics_turn():
    game = Watched(NonSaturating(), shared_fakes=True)
    step = make_step(game, STATISTICS, adam)
    before = state(step)
    step(batches_for(step), NUMBERS, 0)
    weights = {name for name, _ in step.networks["generator"].named_parameters()}
    after = game.seen[0]["generator"]
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[f"generator/{name}"])}
    assert moved and not moved & weights


def test_the_step_fits_on_a_screen():
    lines = sum(len(inspect.getsource(method).splitlines()) for method in (Step.__call__, Step._move))
    assert lines <= 40
