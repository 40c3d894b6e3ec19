"""Every objective against the formula of its paper, written literally: probabilities, one sample after another."""

import pytest
import torch
from _small_play import Table, game_of, gradients
from torch import log, sigmoid

from mulligan.objectives.dragan import Dragan
from mulligan.objectives.feature_matching import FeatureMatching
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.least_squares import LeastSquares
from mulligan.objectives.minimax import Minimax
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticAverage, RelativisticPair
from mulligan.objectives.wasserstein import Wasserstein

NOISE_SEED = 11


def slope(critic, x):
    """Gradient of each sample's score at that sample, one sample after another."""
    rows = []
    for row in x:
        point = row.detach()[None].requires_grad_()
        rows.append(torch.autograd.grad(critic(point).score.sum(), point, create_graph=True)[0][0])
    return torch.stack(rows)


def length(gradient):
    return torch.linalg.vector_norm(gradient.flatten(1), dim=1)


# Each formula gets critic scores of real and fake: D(x), D(G(z)).
def log_d(d):
    return log(sigmoid(d)).mean()


def log_not_d(d):
    return log(1 - sigmoid(d)).mean()


def cross_entropy(real, fake):
    return -log_d(real) - log_not_d(fake)


def smoothed(real, fake):
    return -(0.9 * log_d(real) + 0.1 * log_not_d(real)) - log_not_d(fake)


def ragan(real, fake):
    return -log_d(real - fake.mean()) - log_not_d(fake - real.mean())


LOSSES = [
    (Minimax(), cross_entropy, lambda real, fake: log_not_d(fake)),
    (Minimax(label_smoothing=0.1), smoothed, lambda real, fake: log_not_d(fake)),
    (NonSaturating(), cross_entropy, lambda real, fake: -log_d(fake)),
    (NonSaturating(label_smoothing=0.1), smoothed, lambda real, fake: -log_d(fake)),
    (
        LeastSquares(),
        lambda real, fake: 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean(),
        lambda real, fake: 0.5 * ((fake - 1) ** 2).mean(),
    ),
    (
        LeastSquares(label_smoothing=0.2),
        lambda real, fake: 0.5 * ((real - 0.8) ** 2).mean() + 0.5 * (fake**2).mean(),
        lambda real, fake: 0.5 * ((fake - 1) ** 2).mean(),
    ),
    (Wasserstein(), lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean()),
    (
        Hinge(),
        lambda real, fake: -torch.clamp(real - 1, max=0).mean() - torch.clamp(-fake - 1, max=0).mean(),
        lambda real, fake: -fake.mean(),
    ),
    (RelativisticPair(), lambda real, fake: -log_d(real - fake), lambda real, fake: -log_d(fake - real)),
    (RelativisticAverage(), ragan, lambda real, fake: ragan(fake, real)),
]


@pytest.mark.parametrize(("objective", "critic_loss", "generator_loss"), LOSSES, ids=[str(case[0]) for case in LOSSES])
def test_a_loss_and_its_gradients_are_those_of_the_paper(objective, critic_loss, generator_loss):
    table = Table()
    real, z = table.batch["real"], table.batch["z"]
    for player, network, formula in (
        ("critic", table.critic, critic_loss),
        ("generator", table.generator, generator_loss),
    ):
        ours = sum(table.play(game_of(objective), player).terms.values())
        theirs = formula(table.critic(real).score, table.critic(table.generator(z)).score)
        assert_same(ours, theirs, network)


def squared(gradient):
    return (gradient.flatten(1) ** 2).sum(1)


def r1(table, fake):
    return squared(slope(table.critic, table.batch["real"])).mean() / 2


def r2(table, fake):
    return squared(slope(table.critic, fake)).mean() / 2


def gradient_penalty(table, fake):
    epsilon = 1 - table.batch["mix"].view(-1, 1, 1, 1)
    between = epsilon * table.batch["real"] + (1 - epsilon) * fake
    return ((length(slope(table.critic, between)) - 1) ** 2).mean()


def dragan(table, fake):
    real = table.batch["real"]
    torch.manual_seed(NOISE_SEED)
    noisy = real + 0.5 * real.numpy().std() * torch.rand_like(real)
    around = real + table.batch["mix"].view(-1, 1, 1, 1) * (noisy - real)
    return ((length(slope(table.critic, around)) - 1) ** 2).mean()


PENALTIES = [(R1(3.0), r1), (R2(3.0), r2), (GradientPenalty(10.0), gradient_penalty), (Dragan(10.0), dragan)]


@pytest.mark.parametrize(("penalty", "formula"), PENALTIES, ids=[case[0].name for case in PENALTIES])
def test_a_penalty_and_its_second_derivatives_are_those_of_the_paper(penalty, formula):
    table = Table()
    torch.manual_seed(NOISE_SEED)
    ours = table.play(game_of(penalty), "critic").terms[penalty.name]
    theirs = penalty.weight * formula(table, table.generator(table.batch["z"]).detach())
    assert_same(ours, theirs, table.critic)


@pytest.mark.parametrize("penalty", [R1(), R2(), GradientPenalty(), Dragan()], ids=lambda part: part.name)
def test_the_gradient_of_a_penalty_is_that_of_finite_differences(penalty):
    table, step = Table(), 1e-5
    weight = table.critic.first.weight
    direction = torch.randn_like(weight)

    def value():
        torch.manual_seed(NOISE_SEED)
        return table.play(game_of(penalty), "critic").terms[penalty.name]

    (gradient,) = torch.autograd.grad(value(), weight)
    with torch.no_grad():
        weight += step * direction
    above = value().item()
    with torch.no_grad():
        weight -= 2 * step * direction
    below = value().item()
    assert (gradient * direction).sum().item() == pytest.approx((above - below) / (2 * step), rel=1e-6)


def test_feature_matching_is_the_squared_gap_of_mean_features():
    table = Table()
    ours = table.play(game_of(FeatureMatching(2.0)), "generator").terms["feature_matching"]
    real = table.critic(table.batch["real"]).features
    fake = table.critic(table.generator(table.batch["z"])).features
    theirs = 0
    for of_real, of_fake in zip(real, fake, strict=True):
        gap = sum(of_real) / len(of_real) - sum(of_fake) / len(of_fake)
        theirs = theirs + (gap**2).sum() / gap.numel()
    assert_same(ours, 2.0 * theirs / 2, table.generator)


def test_the_estimates_are_the_distances_of_their_papers():
    table = Table()
    real = table.critic(table.batch["real"]).score
    fake = table.critic(table.generator(table.batch["z"])).score
    found = table.play(game_of(Wasserstein()), "critic").estimates["wasserstein"]
    assert found.item() == pytest.approx((real.mean() - fake.mean()).item(), rel=1e-12) and not found.requires_grad
    for objective in (Minimax(), NonSaturating(label_smoothing=0.1)):
        found = table.play(game_of(objective), "critic").estimates["jensen_shannon"]
        value_function = -cross_entropy(real, fake)  # V(D, G) = -log 4 + 2 JSD at the best critic
        assert found.item() == pytest.approx(((value_function + log(torch.tensor(4.0))) / 2).item(), rel=1e-6)


def test_the_slope_of_a_constant_critic_gives_finite_gradients():
    table = Table()
    with torch.no_grad():
        for weight in table.critic.parameters():
            weight.zero_()
    for penalty in (GradientPenalty(), Dragan()):
        found = gradients(table.play(game_of(penalty), "critic").terms[penalty.name], table.critic)
        assert all(gradient.isfinite().all() for gradient in found)


def assert_same(ours, theirs, network):
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
    pairs = list(zip(gradients(ours, network), gradients(theirs, network), strict=True))
    assert any(gradient.abs().max() > 1e-6 for gradient, _ in pairs), "gradients of zero would prove nothing"
    for mine, expected in pairs:
        torch.testing.assert_close(mine, expected, rtol=1e-8, atol=1e-11)
