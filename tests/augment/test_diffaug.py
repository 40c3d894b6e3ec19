"""DiffAugment: pure in each sample's own numbers, differentiable twice, and the operations of the paper."""

import pytest
import torch

from mulligan.augment.diffaug import DiffAugment
from mulligan.errors import RecipeError

POLICIES = [("color",), ("translation",), ("cutout",), ("color", "translation", "cutout")]
SHAPES = [(3, 16, 16), (1, 28, 28), (3, 17, 12)]


def given(shape, policy, n=7, seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    spec = DiffAugment(policy)
    return spec.build("torch"), torch.rand(n, *shape, dtype=dtype) * 2 - 1, torch.rand(n, spec.uniforms)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_sample_is_treated_alike_alone_and_in_a_batch(policy, shape):
    apply, images, uniforms = given(shape, policy)
    kept, drawn = images.clone(), torch.get_rng_state()
    together = apply(images, uniforms, 0.6)
    alone = torch.cat([apply(images[i : i + 1], uniforms[i : i + 1], 0.6) for i in range(7)])
    assert torch.equal(alone, together)
    assert together.shape == images.shape and together.dtype == images.dtype
    assert torch.equal(images, kept) and torch.equal(drawn, torch.get_rng_state())


@pytest.mark.parametrize("policy", POLICIES)
def test_the_probability_gates_each_sample(policy):
    apply, images, uniforms = given((3, 16, 16), policy, n=400)
    torch.testing.assert_close(apply(images, uniforms, 0.0), images, rtol=0, atol=1e-6)
    for probability in (0.3, torch.tensor(0.3)):
        changed = ((apply(images, uniforms, probability) - images).abs().amax(dim=(1, 2, 3)) > 1e-5).float().mean()
        expected = 1 - 0.7 ** len(policy)
        assert changed == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("shape", [(3, 6, 6), (1, 6, 5)])
def test_it_is_differentiable_twice(shape):
    apply, images, uniforms = given(shape, POLICIES[-1], n=2, dtype=torch.float64)
    images.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: apply(x, uniforms, 1.0), images)
    assert torch.autograd.gradgradcheck(lambda x: apply(x, uniforms, 1.0).tanh(), images)


def test_color_does_what_the_paper_says():
    apply, images, _ = given((3, 8, 8), ("color",), n=1)
    # (brightness, saturation, contrast) that change nothing, then one at a time.
    torch.testing.assert_close(apply(images, torch.tensor([[0.0, 0.5, 0.5, 0.5]]), 1.0), images)
    torch.testing.assert_close(apply(images, torch.tensor([[0.0, 0.9, 0.5, 0.5]]), 1.0), images + 0.4)
    grey = images.mean(1, keepdim=True).expand_as(images)
    torch.testing.assert_close(apply(images, torch.tensor([[0.0, 0.5, 0.0, 0.5]]), 1.0), grey)
    flat = images.mean() + 0.5 * (images - images.mean())
    torch.testing.assert_close(apply(images, torch.tensor([[0.0, 0.5, 0.5, 0.0]]), 1.0), flat)


@pytest.mark.parametrize(("down", "right", "shift"), [(0.0, 0.999, (-2, 2)), (0.5, 0.5, (0, 0)), (0.79, 0.21, (1, -1))])
def test_translation_moves_whole_pixels_and_brings_zeros_in(down, right, shift):
    apply, images, _ = given((2, 16, 16), ("translation",), n=1)
    moved = apply(images, torch.tensor([[0.0, down, right]]), 1.0)
    expected = torch.zeros_like(images)
    for y in range(16):
        for x in range(16):
            if 0 <= y - shift[0] < 16 and 0 <= x - shift[1] < 16:
                expected[..., y, x] = images[..., y - shift[0], x - shift[1]]
    assert torch.equal(moved, expected)


def test_every_shift_is_equally_likely():
    apply, _, uniforms = given((1, 16, 16), ("translation",), n=5000)
    points = torch.zeros(5000, 1, 16, 16)
    points[:, :, 8, 8] = 1
    places = apply(points, uniforms, 1.0).sum(dim=0)[0] / 5000
    inside = places[6:11, 6:11]
    assert inside.sum() == pytest.approx(1.0) and (inside - 1 / 25).abs().max() < 0.012


@pytest.mark.parametrize(
    ("down", "right", "rows", "columns"),
    [
        (0.5, 0.5, (4, 12), (4, 12)),
        (0.0, 0.999, (0, 4), (12, 16)),
    ],
)
def test_cutout_zeroes_half_of_each_side(down, right, rows, columns):
    apply, images, _ = given((3, 16, 16), ("cutout",), n=1)
    expected = images.clone()
    expected[..., rows[0] : rows[1], columns[0] : columns[1]] = 0
    assert torch.equal(apply(images, torch.tensor([[0.0, down, right]]), 1.0), expected)


def test_a_wrong_name_gets_a_sentence():
    with pytest.raises(RecipeError, match=r"not 'colour'\. Did you mean 'color'\?"):
        DiffAugment(("colour",))
    with pytest.raises(RecipeError, match="no framework 'jax'"):
        DiffAugment().build("jax")
