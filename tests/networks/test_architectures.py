"""Each architecture against its paper's figures: sizes, widths, parameter counts, paddings, variances at the start."""

import pytest
import torch

from mulligan.errors import RecipeError
from mulligan.networks import convcritic, dcgan, mlp, r3, resnet
from mulligan.networks.r3_torch import Downsample, Upsample


def millions(spec):
    with torch.device("meta"):
        module = spec.build("torch")
    return sum(weight.numel() for weight in module.parameters()) / 1e6


@pytest.mark.parametrize(("size", "labels", "generator", "critic"), [
    pytest.param(32, 0, 20.7, 20.7, id="Stacked MNIST"),
    pytest.param(32, 10, 20.8, 21.3, id="CIFAR-10"),
    pytest.param(64, 0, 22.4, 22.4, id="FFHQ-64"),
    pytest.param(256, 0, 23.1, 23.0, id="FFHQ-256"),
])  # fmt: skip
def test_r3_has_the_published_numbers_of_parameters(size, labels, generator, critic):
    assert millions(r3.Generator(size=size, labels=labels)) == pytest.approx(generator, abs=0.05)
    assert millions(r3.Critic(size=size, labels=labels)) == pytest.approx(critic, abs=0.05)


def test_r3_widths_follow_the_table_and_may_be_given_one_by_one():
    assert r3.Critic(size=256).widths == (768, 768, 768, 768, 384, 192, 96)
    given = r3.Generator(size=28, channels=1, width=(64, 32, 16), blocks=1)
    assert given.widths == (64, 32, 16) and 0.01 < millions(given) < 0.1
    assert given.build("torch")(torch.randn(2, 64)).shape == (2, 1, 28, 28)
    with pytest.raises(RecipeError, match="width has 2 numbers, expected 3, one per stage"):
        r3.Generator(size=28, width=(64, 32))
    with pytest.raises(RecipeError, match="40 channels inside a block do not divide into groups of 16"):
        r3.Critic(size=28, width=20)


def test_r3_starts_as_a_linear_net_of_unit_variance_whose_branches_are_shut():
    torch.manual_seed(0)
    module = r3.Generator(size=8, width=64).build("torch")
    blocks = [block for stage in module.stages for block in stage]
    assert len(blocks) == 4 and not any(block.back.weight.any() for block in blocks)
    x = torch.randn(64, 64, 8, 8)
    inside = blocks[0].widen(x)
    # He's gain for slope 0.2 times L^(-1/4)
    assert inside.std().item() == pytest.approx((2 / 1.04) ** 0.5 * 4**-0.25, rel=0.05)
    assert module(torch.randn(100, 64)).std().item() == pytest.approx(1, abs=0.4)


def test_the_filters_keep_means_lines_and_places():
    line = torch.arange(6.0)[None, None, :, None].expand(1, 2, 6, 6)
    up = Upsample()(line)
    assert torch.equal(up[0, 0, :-1, 0], torch.arange(11.0) / 2)  # a line stays a line
    assert torch.equal(up[:, :, ::2, ::2], line)  # and every point its place
    torch.testing.assert_close(Downsample()(torch.ones(1, 2, 6, 6)), torch.ones(1, 2, 3, 3))
    assert torch.equal(Downsample()(up)[0, 0, 1:-1, 0], torch.arange(1.0, 5.0))
    point = torch.zeros(1, 1, 8, 8)
    point[..., 4, 4] = 16
    assert Downsample()(point).sum() == 4 and Downsample()(point)[0, 0, 2, 2] == 4


@pytest.mark.parametrize(("size", "base", "levels"), [
    (8, (4, 4), 1), (28, (7, 7), 2), (32, (4, 4), 3), (48, (6, 6), 3), (64, (4, 4), 4), (128, (4, 4), 5),
    ((24, 32), (3, 4), 3),
])  # fmt: skip
def test_sizes_are_a_small_base_doubled(size, base, levels):
    spec = dcgan.Generator(size=size)
    assert (spec.base, spec.levels) == (base, levels)


@pytest.mark.parametrize(("size", "nearest", "sentence"), [
    ((100, 100), (96, 96), "96x96 or 112x112"),
    ((3, 3), (6, 6), "6x6"),
    ((30, 28), (28, 28), "28x28 or 32x32"),
    ((16, 90), (16, 28), "16x28 or 48x96"),
    ((1000, 750), (896, 640), "896x640 or 1024x768"),
])  # fmt: skip
def test_a_size_that_cannot_be_made_names_the_nearest_that_can(size, nearest, sentence):
    assert dcgan.Critic.nearest_size(size) == nearest
    height, width = size
    with pytest.raises(
        RecipeError, match=rf"dcgan.Generator: cannot make pictures of {height}x{width}: .* works is {sentence}\.$"
    ):
        dcgan.Generator(size=size)


def test_mistakes_in_numbers_get_a_sentence():
    with pytest.raises(
        RecipeError, match=r"normalization is 'spectal', expected batch or spectral or none\. Did you mean 'spectral'\?"
    ):
        dcgan.Critic(normalization="spectal")
    with pytest.raises(RecipeError, match=r"hidden is .*, expected 1 or more"):
        mlp.Critic(hidden=(128, 0))
    with pytest.raises(RecipeError, match="points of 2 numbers, not pictures; take mlp instead"):
        dcgan.Generator().fit((2,), labels=0)


def test_dcgan_has_the_widths_of_the_paper():
    assert dcgan.Generator(size=64, width=128).widths == (1024, 512, 256, 128)
    assert dcgan.Generator(size=128, width=64).widths == (512, 512, 256, 128, 64)
    assert millions(dcgan.Generator(size=28, channels=1, width=64)) == pytest.approx(0.762, abs=0.01)


def test_resnet_has_the_tables_of_the_paper():
    assert resnet.Generator(size=32).widths == (256,) * 4
    assert resnet.Generator(size=64).widths == (1024, 512, 256, 128, 64)
    assert resnet.Generator(size=128).widths == (1024, 1024, 512, 256, 128, 64)
    assert resnet.Critic(size=32).blocks == ((128, True), (128, True), (128, False), (128, False))
    widths = ((64, True), (128, True), (256, True), (512, True), (1024, True), (1024, False))
    assert resnet.Critic(size=128).blocks == widths
    assert resnet.Critic(size=64).blocks == (*widths[:4], widths[5])


def test_spectral_norm_holds_the_norms_at_one():
    torch.manual_seed(0)
    critic = resnet.Critic(size=16, width=8).build("torch")
    for _ in range(50):
        critic(torch.randn(2, 3, 16, 16))
    for block in critic.down:
        for layer in (block.conv1, block.conv2):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, rel=1e-2)


def test_the_plain_critic_pads_as_same_padding_at_stride_two_is_defined():
    spec = convcritic.Critic(size=28)
    assert spec.maps == ((28, 28), (14, 14), (7, 7))
    assert spec.paddings == (((1, 2), (1, 2)), ((1, 2), (1, 2)))
    assert convcritic.Critic(size=(7, 9), widths=(4,)).paddings == (((2, 2), (2, 2)),)
    assert convcritic.Critic(size=(7, 9)).build("torch")(torch.zeros(2, 1, 7, 9)).score.shape == (2,)


def test_dropout_acts_in_training_and_not_in_eval():
    critic = convcritic.Critic(size=28).build("torch")
    view = torch.randn(4, 1, 28, 28)
    assert not torch.equal(critic(view).score, critic(view).score)
    critic.eval()
    assert torch.equal(critic(view).score, critic(view).score)


def test_dense_networks_take_points():
    generator, critic = mlp.Generator(latent=3).fit((2,), labels=0), mlp.Critic().fit((2,), labels=4)
    assert generator.shape == (2,) and generator.size == (2,)
    points = generator.build("torch")(torch.randn(5, 3))
    assert points.shape == (5, 2)
    assert critic.build("torch")(points, torch.arange(5) % 4).score.shape == (5,)


def test_of_some_latents_a_dense_generator_sees_the_sign_alone():
    generator = mlp.Generator(size=(2,), latent=5, hidden=(8,), signs=2).build("torch").eval()
    z = torch.randn(7, 5)
    larger, other = z.clone(), z.clone()
    larger[:, :2] *= 9
    other[:, 2:] *= 9
    assert torch.equal(generator(larger), generator(z)) and not torch.allclose(generator(other), generator(z))
    with pytest.raises(RecipeError, match="signs is 6, expected 0 to the 5 latents"):
        mlp.Generator(latent=5, signs=6)


def test_the_waves_of_a_dense_critic_are_fixed_and_of_the_frequency_that_was_asked_for():
    spec = mlp.Critic(size=(2,), hidden=(8,), waves=4000, frequency=3.0)
    assert spec.projections().shape == (2, 4000) and spec.projections().std() == pytest.approx(3.0, rel=0.03)
    critic = spec.build("torch")
    assert critic.dense[0].in_features == 2 + 2 * 4000
    assert torch.equal(critic.projections, spec.build("torch").projections), "whatever the seed"


def test_the_dense_generator_of_the_convolutional_pair_is_the_same_with_other_numbers():
    spec = mlp.Generator(hidden=(256, 512, 1024), output="tanh", batch_norm=True)
    x = spec.build("torch")(torch.randn(8, 100) * 50)
    assert x.shape == (8, 1, 28, 28) and x.abs().max() <= 1


def test_the_label_of_a_dcgan_generator_begins_as_long_as_a_one_hot_one_so_that_it_does_not_outweigh_the_latent():
    lengths = dcgan.Generator(size=16, labels=20).build("torch").label.weight.norm(dim=1)
    assert 0.8 < lengths.mean() < 1.2


@pytest.mark.parametrize("size", ["ab", 7.5, None, (7.5, 7.5), (8, 8, 8), (), 0])
def test_a_size_that_is_none_is_a_sentence(size):
    with pytest.raises(RecipeError, match=r"size is .*, expected one (whole )?number or \(height, width\)"):
        dcgan.Generator(latent=3, width=8, size=size)
