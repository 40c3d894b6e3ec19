"""What every network must do, over the whole folder."""

import dataclasses
import json
import sys
from typing import NamedTuple

import pytest
import torch
from _small_networks import variants
from safetensors.torch import load, save
from torch import nn

from mulligan import catalogue
from mulligan.critique import Critique
from mulligan.errors import MissingExtraError, RecipeError
from mulligan.networks import dcgan, r3, resnet

GENERATORS, CRITICS = dict(variants("Generator")), dict(variants("Critic"))
BOTH = [("Generator", name) for name in GENERATORS] + [("Critic", name) for name in CRITICS]


class Case(NamedTuple):
    spec: object
    module: nn.Module
    arguments: tuple


def case(role, name, n=6, dtype=torch.float64) -> Case:
    spec = (GENERATORS if role == "Generator" else CRITICS)[name]
    torch.manual_seed(3)
    module = lively(spec.build("torch").to(dtype))
    *picture, last = spec.shape
    sample = (spec.latent,) if role == "Generator" else (last, *picture)
    label = torch.arange(n) % spec.labels if spec.labels else None
    return Case(spec, module, (torch.randn(n, *sample, dtype=dtype), label))


def lively(module: nn.Module) -> nn.Module:
    """Weights that start at zero or tiny would hide mistakes behind them."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn_like(weight) * (0.3 / max(1, weight[0].numel()) ** 0.5))
    return module


def tensors(output):
    return [output.score, *output.features] if isinstance(output, Critique) else [output]


def first(output):
    return tensors(output)[0]


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_the_output_has_its_shape_type_and_range(role, name):
    for dtype in (torch.float32, torch.float64):
        spec, module, arguments = case(role, name, dtype=dtype)
        output = module(*arguments)
        n, (*picture, last) = len(arguments[0]), spec.shape
        assert first(output).shape == ((n, last, *picture) if role == "Generator" else (n,))
        assert all(tensor.dtype == dtype and tensor.isfinite().all() for tensor in tensors(output))
        if role == "Critic":
            assert output.features and all(len(feature) == n for feature in output.features)


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_in_eval_mode_a_sample_is_the_same_alone_and_in_a_batch(role, name):
    _, module, (sample, label) = case(role, name)
    module.eval()
    together = first(module(sample, label))
    alone = torch.cat([first(module(sample[i : i + 1], None if label is None else label[i : i + 1])) for i in range(6)])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_eval_mode_is_a_pure_function(role, name):
    _, module, arguments = case(role, name)
    module.eval()
    state = {key: value.clone() for key, value in module.state_dict().items()}
    inputs = [value.clone() for value in arguments if value is not None]
    draws = torch.get_rng_state()
    once, again = first(module(*arguments)), first(module(*arguments))
    assert torch.equal(once, again)
    assert torch.equal(draws, torch.get_rng_state()), "eval mode drew random numbers"
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())
    assert all(torch.equal(a, b) for a, b in zip(inputs, (v for v in arguments if v is not None), strict=True))


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_the_state_goes_through_safetensors_and_back(role, name):
    spec, module, arguments = case(role, name)
    module(*arguments)  # statistics and vectors move away from their start
    torch.manual_seed(99)
    other = spec.build("torch").double()
    other.load_state_dict(load(save(module.state_dict())))
    # The next training output depends on everything that is kept between two steps.
    torch.testing.assert_close(first(other(*arguments)), first(module(*arguments)), rtol=0, atol=0)


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_every_weight_gets_a_gradient_and_every_label_matters(role, name):
    spec, module, (sample, label) = case(role, name)
    first(module(sample, label)).square().sum().backward()
    without = [key for key, weight in module.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not without
    if spec.labels:
        assert not torch.allclose(first(module(sample, label)), first(module(sample, (label + 1) % spec.labels)))
        with pytest.raises(RecipeError, match="pass label="):
            module(sample)


@pytest.mark.parametrize("name", CRITICS)
def test_a_critic_can_be_differentiated_twice(name):
    """The gradient of an input-gradient penalty, along a random direction of weights, against finite differences."""
    _, module, (view, label) = case("Critic", name, n=3)
    module.eval()  # no running statistic or vector may move between the two sides of the difference
    view.requires_grad_()

    def penalty():
        (gradient,) = torch.autograd.grad(module(view, label).score.sum(), view, create_graph=True)
        return gradient.square().sum()

    weights = list(module.parameters())
    slopes = torch.autograd.grad(penalty(), weights, materialize_grads=True)
    direction = [torch.randn_like(weight) for weight in weights]
    slope = sum((a * b).sum() for a, b in zip(slopes, direction, strict=True)).item()
    step, sides = 1e-8, []  # tiny, because the gradient of a leaky ReLU network jumps
    for sign in (1, -2):
        with torch.no_grad():
            for weight, along in zip(weights, direction, strict=True):
                weight.add_(along, alpha=sign * step)
        sides.append(penalty().item())
    assert slope == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=1e-4)
    assert torch.autograd.gradgradcheck(lambda x: module(x, label).score, view, fast_mode=True)


@pytest.mark.parametrize(("role", "name"), BOTH)
def test_a_spec_is_numbers_that_survive_json_and_fit_other_data(role, name):
    spec = (GENERATORS if role == "Generator" else CRITICS)[name]
    assert type(spec)(**json.loads(json.dumps(dataclasses.asdict(spec)))) == spec
    hash(spec)
    height, width = type(spec).nearest_size((33, 30))
    assert 6 <= height <= 33 and 6 <= width <= 30
    fitted = spec.fit((height, width, 1), labels=7)
    assert fitted.shape == (height, width, 1) and fitted.labels == 7
    assert spec.fit(spec.shape, spec.labels) == spec


def test_the_folder_is_listed():
    assert {"mlp", "dcgan"} <= set(catalogue.listing("networks"))


def test_an_unknown_framework_gets_a_sentence():
    with pytest.raises(RecipeError, match=r"no framework 'tensorflw'.*Did you mean 'tensorflow'"):
        dcgan.Generator().build("tensorflw")


def test_a_missing_framework_gets_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for twin in [name for name in sys.modules if name.startswith("mulligan.networks.") and name.endswith("_torch")]:
        monkeypatch.delitem(sys.modules, twin)
    with pytest.raises(
        MissingExtraError, match=r"torch is not installed; install it with: pip install 'mulligan\[torch\]'"
    ):
        dcgan.Generator().build("torch")


@pytest.mark.parametrize("critic", [dcgan.Critic, resnet.Critic, r3.Critic], ids=lambda kind: kind.__module__)
def test_a_label_does_not_outweigh_the_picture_from_the_start(critic):
    """The projection on a label is of the size of the score itself, not a hundred times larger."""
    torch.manual_seed(0)
    pictures, label = torch.rand(16, 1, 28, 28) * 2 - 1, torch.arange(16) % 10
    score = critic(size=28, channels=1, labels=10, width=32).build("torch")(pictures, label=label).score
    assert score.abs().max() < 10
