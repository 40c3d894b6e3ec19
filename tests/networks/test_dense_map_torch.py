"""The map that a generator begins with."""

import pytest
import torch
from torch import nn

from mulligan.networks._dense_map_torch import DenseMap


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_it_is_that_of_a_dense_layer_and_in_training_channels_last(training, bias):
    own, other = DenseMap(7, (5, 3, 2), bias=bias).double().train(training), nn.Linear(7, 30, bias=bias).double()
    other.load_state_dict(own.state_dict())
    x = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)
    map, expected = own(x), other(x).unflatten(1, (5, 3, 2))
    assert map.is_contiguous(memory_format=torch.channels_last if training else torch.contiguous_format)
    torch.testing.assert_close(map, expected, rtol=1e-12, atol=1e-12)
    gradients = [
        torch.autograd.grad(answer.sin().sum(), [x, *layer.parameters()])
        for layer, answer in ((own, map), (other, expected))
    ]
    for mine, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "where", [torch.autocast("cpu", torch.bfloat16), torch.device("meta")], ids=["half precision", "another device"]
)
def test_elsewhere_its_layout_is_left_alone(where):
    with where:
        layer = DenseMap(7, (5, 3, 2))
        assert layer(torch.randn(4, 7)).is_contiguous()
