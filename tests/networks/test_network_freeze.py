"""A frozen opponent is used and not moved: neither weights, nor batch-norm statistics, nor spectral-norm vectors."""

import pytest
import torch
from _small_networks import small, variants

from mulligan.networks import dcgan, mlp
from mulligan.networks._freeze_torch import frozen
from mulligan.networks._statistics_torch import recalibrate

CRITICS = dict(variants("Critic"))


def state(module):
    return {key: value.clone() for key, value in module.state_dict().items()}


def moved(module, before):
    return [key for key, value in module.state_dict().items() if not torch.equal(value, before[key])]


@pytest.mark.parametrize("name", CRITICS)
def test_a_frozen_critic_passes_gradients_and_does_not_move(name):
    spec = CRITICS[name]
    critic = spec.build("torch")
    *picture, last = spec.shape
    fake = torch.randn(4, last, *picture, requires_grad=True)
    label = torch.arange(4) % spec.labels if spec.labels else None
    with torch.no_grad():
        for weight in critic.parameters():
            weight.add_(0.1)  # an output layer that starts at zero would pass no gradient
    before = state(critic)
    with frozen(critic):
        score = critic(fake, label).score
        assert critic.training and not any(weight.requires_grad for weight in critic.parameters())
    (score**2).sum().backward()
    assert fake.grad.any() and not moved(critic, before)
    assert all(weight.grad is None and weight.requires_grad for weight in critic.parameters())


@pytest.mark.parametrize("normalization", ["batch", "spectral"])
def test_a_frozen_critic_judges_as_it_would_in_training_and_moves_again_afterwards(normalization):
    critic = dcgan.Critic(size=16, width=8, normalization=normalization).build("torch")
    view, before = torch.randn(4, 3, 16, 16), state(critic)
    with frozen(critic), torch.no_grad():
        frozen_score = critic(view).score
    assert not moved(critic, before)
    score = critic(view).score.detach()
    assert moved(critic, before), "the same call outside must move the statistics, or this test proves nothing"
    if normalization == "batch":  # the statistics of the batch were used, not the running ones
        assert torch.equal(score, frozen_score)


def test_flags_come_back_as_they_were_even_after_an_error():
    critic = dcgan.Critic(size=16, width=8).build("torch")
    critic.down[0].weight.requires_grad_(False)  # a layer that the user froze
    with pytest.raises(ZeroDivisionError), frozen(critic):
        _ = 1 / 0
    kept = [key for key, weight in critic.named_parameters() if not weight.requires_grad]
    assert kept == ["down.0.weight"] and critic.norm[1].track_running_stats


def test_recalibrated_statistics_are_the_plain_averages_over_the_batches():
    torch.manual_seed(0)
    generator = small(mlp.Generator)
    generator = type(generator)(size=8, latent=5, hidden=(12,), batch_norm=True).build("torch").double()
    batches = [(torch.randn(20, 5, dtype=torch.float64),) for _ in range(3)]
    for batch in batches:
        generator(*batch)
    modes = [part.training for part in generator.modules()]
    recalibrate(generator, batches)
    hidden = [torch.nn.functional.leaky_relu(generator.dense[0](z), 0.2) for (z,) in batches]
    norm = generator.norm[0]
    torch.testing.assert_close(norm.running_mean, torch.stack([h.mean(0) for h in hidden]).mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack([h.var(0) for h in hidden]).mean(0))
    assert norm.momentum == 0.1 and modes == [part.training for part in generator.modules()]


def test_without_batch_norm_nothing_is_recalibrated_and_no_batch_drawn():
    def batches():
        raise AssertionError("a batch was drawn")
        yield

    recalibrate(small(mlp.Generator).build("torch"), batches())
