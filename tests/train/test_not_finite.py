"""A gradient that is not finite stops the very step that it was for, and its origin is named."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from train.test_step import STATISTICS, adam, batches_for, make_step, sgd

from mulligan.errors import DivergedError
from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1
from mulligan.train.gradients_torch import gradient_norm, must_not_move

NUMBERS = {
    "learning_rate": 1e-3,
    "critic_learning_rate": 1e-3,
    "beta2": 0.9,
    "ema_decay": 0.5,
    "augment_probability": 0.0,
    "instance_noise": 0.0,
    "game.penalties.r1.weight": 1.0,
}


def a_step(optimizer=adam):
    step = make_step(TwoPlayer(NonSaturating(), penalties=(R1(1.0),)), optimizer=optimizer)
    return step, batches_for(step)


def states(step):
    networks = [*step.networks.values(), step.ema.network]
    return [weight.detach().clone() for network in networks for weight in network.parameters()]


def refused(step, batches, images=64):
    """What the step says, having moved nothing."""
    before = states(step)
    with pytest.raises(DivergedError) as caught:
        step(batches, NUMBERS, images)
    assert all(torch.equal(a, b) or a.isnan().any() for a, b in zip(before, states(step), strict=True))
    return str(caught.value)


@pytest.mark.parametrize("optimizer", [sgd, adam])
def test_a_batch_with_nan_is_named_and_moves_nothing(optimizer):
    step, batches = a_step(optimizer)
    batches[0]["real"][3, 0, 1, 1] = float("nan")
    said = refused(step, batches, images=37)
    assert "in the critic's turn the batch's 'real' holds numbers that are not finite after 37 images" in said
    assert "the last checkpoint is kept" in said


def test_a_weight_with_nan_is_named():
    step, batches = a_step()
    step.networks["critic"].dense[1].weight.data[0, 0] = float("nan")
    assert "the weight 'dense.1.weight' of the critic is not finite" in refused(step, batches)


def test_what_is_no_weight_and_kept_beside_them_is_named():
    specs = STATISTICS[0], replace(STATISTICS[1], normalization="spectral")
    step = make_step(TwoPlayer(NonSaturating()), specs=specs)
    name, vector = next((name, each) for name, each in step.networks["critic"].named_buffers() if name.endswith("_v"))
    vector[0] = float("nan")
    said = refused(step, batches_for(step))
    assert f"in the critic's turn the weight '{name[:-1]}u' of the critic is not finite" in said, (
        "which follows from it"
    )


class Broken(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside, self.from_now_on = inside, False

    def forward(self, x):
        return self.inside(x) * (float("inf") if self.from_now_on else 1.0)


def test_the_layer_where_it_began_is_named():
    step, batches = a_step()
    generator = step.networks["generator"]
    generator.dense[0] = Broken(generator.dense[0])
    step(batches, NUMBERS, 0)
    generator.dense[0].from_now_on = True
    assert "the layer 'dense.0' of the generator gives numbers that are not finite" in refused(step, batches)


class Overflowing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float("inf")


class FiniteForwards(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        return Overflowing.apply(self.inside(x))


def test_a_gradient_alone_is_named_by_its_weight():
    step, batches = a_step()
    generator = step.networks["generator"]
    generator.dense[0] = FiniteForwards(generator.dense[0])
    with pytest.raises(
        DivergedError, match=r"in the generator's turn the gradient of 'dense.0.inside.\w+' of the generator"
    ):
        step(batches, NUMBERS, 64)


def test_the_norm_is_over_all_weights_and_bounds_them():
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    for weight in network.parameters():
        weight.grad = torch.full_like(weight, 2.0)
    assert gradient_norm(network).item() == pytest.approx((6 * 4) ** 0.5)
    assert gradient_norm(network, most=1.0).item() == pytest.approx((6 * 4) ** 0.5)
    assert gradient_norm(network).item() == pytest.approx(1.0, rel=1e-5)


def test_a_fused_optimizer_skips_such_a_step_where_nobody_waits_for_the_answer():
    """As on a graphics card: the flags are what `must_not_move` sets there, and fused Adam reads them on any device."""
    weight = nn.Parameter(torch.ones(3))
    optimizer = torch.optim.Adam([weight], lr=0.1, fused=True)
    weight.grad = torch.tensor([1.0, float("nan"), 1.0])
    assert must_not_move(optimizer, weight.grad.norm())
    optimizer.grad_scale, optimizer.found_inf = None, torch.ones(())
    optimizer.step()
    assert torch.equal(weight.data, torch.ones(3))
