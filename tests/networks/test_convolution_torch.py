"""Convolutions that know their own derivatives."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from mulligan.critique import Critique
from mulligan.networks._convolution_torch import Conv2d, ConvTranspose2d
from mulligan.ops_torch import value_and_input_grad

# Channels in and out, kernel, stride, padding; then the size of a batch. One, few and many channels on either side;
# overlapping patches and others; strides that do not divide the kernel; a kernel as large as the picture; many places
# to a row of the weight and few.
CASES = [
    (Conv2d, nn.Conv2d, (1, 3, 4, 2, 1), (2, 1, 12, 12)),
    (Conv2d, nn.Conv2d, (5, 3, 4, 2, 1), (2, 5, 12, 10)),
    (Conv2d, nn.Conv2d, (3, 6, 3, 1, 1), (2, 3, 7, 9)),
    (Conv2d, nn.Conv2d, (3, 6, 5, 2, 0), (2, 3, 11, 13)),
    (Conv2d, nn.Conv2d, (2, 2, 3, 2, 0), (2, 2, 8, 8)),
    (Conv2d, nn.Conv2d, (2, 2, (2, 3), (3, 2), (1, 0)), (2, 2, 8, 8)),
    (Conv2d, nn.Conv2d, (7, 2, 1), (2, 7, 4, 4)),
    (Conv2d, nn.Conv2d, (6, 1, 4), (3, 6, 4, 4)),
    (Conv2d, nn.Conv2d, (3, 9, (3, 4), (2, 1), (1, 2)), (2, 3, 7, 5)),
    (ConvTranspose2d, nn.ConvTranspose2d, (9, 5, 3, 2, 1, 1), (2, 9, 4, 3)),
    (ConvTranspose2d, nn.ConvTranspose2d, (5, 2, 4, 2, 1), (2, 5, 6, 7)),
    (ConvTranspose2d, nn.ConvTranspose2d, (5, 7, 4, 2, 1), (2, 5, 6, 7)),
    (ConvTranspose2d, nn.ConvTranspose2d, (5, 1, 3, 2, 1, 1), (2, 5, 6, 7)),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("ours, theirs, numbers, size", CASES)
def test_values_and_both_derivatives_are_those_of_torch(ours, theirs, numbers, size, bias):
    own, other = ours(*numbers, bias=bias).double(), theirs(*numbers, bias=bias).double()
    other.load_state_dict(own.state_dict())
    x = torch.randn(size, dtype=torch.float64, requires_grad=True)
    for mine, expected in zip(_derivatives(own, x), _derivatives(other, x), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-12, atol=1e-12)


def test_the_third_derivative_is_right_too():
    layer, x = Conv2d(2, 3, 3, 2, 1).double(), torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)

    def slope(x):
        return torch.autograd.grad(layer(x).pow(3).sum(), x, create_graph=True)[0]

    assert torch.autograd.gradgradcheck(slope, (x,))


@pytest.mark.parametrize("layer", [Conv2d(3, 4, 3, groups=1, dilation=2), Conv2d(4, 4, 3, groups=2)])
def test_what_is_not_plain_is_left_to_torch(layer):
    x = torch.randn(2, layer.in_channels, 9, 9)
    expected = torch.conv2d(x, layer.weight, layer.bias, 1, 0, layer.dilation, layer.groups)
    torch.testing.assert_close(layer(x), expected)


def test_a_slope_leaves_the_weights_out_and_what_follows_does_not():
    layer, x = Conv2d(2, 3, 3), torch.randn(2, 2, 9, 9)  # not so small that patches are taken
    with _WeightsAskedFor() as in_slope:
        value, slope = value_and_input_grad(lambda x: Critique(layer(x).pow(2)), x)
    with _WeightsAskedFor() as afterwards:
        torch.autograd.grad(slope.pow(2).sum() + value.score.sum(), layer.weight, retain_graph=True)
    assert in_slope.count == 0 and afterwards.count == 2
    asked = torch.autograd.grad(slope.pow(2).sum() + value.score.sum(), layer.weight)[0]
    plain = nn.Conv2d(2, 3, 3)
    plain.load_state_dict(layer.state_dict())
    x = x.clone().requires_grad_()
    score = plain(x).pow(2)
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    torch.testing.assert_close(asked, torch.autograd.grad(slope.pow(2).sum() + score.sum(), plain.weight)[0])


class _WeightsAskedFor(TorchDispatchMode):
    """Counts the gradients of weights that torch computes meanwhile."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function._overloadpacket is torch.ops.aten.convolution_backward:
            self.count += args[-1][1]
        return function(*args, **(kwargs or {}))


def _derivatives(layer, x):
    y = layer(x)
    (slope,) = torch.autograd.grad(torch.sin(y).sum(), x, create_graph=True)
    total = slope.pow(3).sum() + y.pow(2).sum()
    return [y, slope, *torch.autograd.grad(total, [x, *layer.parameters()])]
