"""What is seen of networks in TensorFlow at a tick is what is seen of the same ones in torch, and touches nothing."""

import numpy as np
import pytest
from train._both import RECIPES, Both, farthest, small

from mulligan.train.draws import Draws

COUNT = 12


@pytest.fixture(scope="module", params=["cgan", "wgan"])
def both(request):
    """Both steps after two rounds: with labels, and with RMSprop."""
    played = Both(small(RECIPES[request.param], learning_rate=1e-3), "float32")
    list(played.play(2))
    return played


def sides(both):
    """Both backends with their steps."""
    return (both.backends["torch"], both.torch), (both.backends["tensorflow"], both.keras)


def looks(both):
    labels = np.arange(COUNT) % 10 if both.recipe.labels else None
    real, unseen = (both.source.read(np.arange(start, start + COUNT)) for start in (0, 100))
    latent = Draws(0).normal("watch/z", 0, COUNT, (both.recipe.latent_size,))
    for backend, step in sides(both):
        yield backend.look(step, both.codec, latent, real, unseen, labels, 5)


def test_the_critic_says_the_same_and_nothing_moves(both):
    before = both.states()
    one, two = looks(both)
    for name in one._fields:
        wanted, found = getattr(one, name), getattr(two, name)
        assert wanted.shape == found.shape and wanted.dtype == found.dtype, name
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4 * max(1, np.abs(wanted).max()), err_msg=name)
    assert two.samples.shape == (COUNT, 8, 8, 1) and two.slopes.min() > 0
    assert all(farthest(*pair) == 0 for pair in zip(before, both.states(), strict=True))


def test_sizes_of_weights_and_updates_are_the_same(both):
    one, two = (backend.norms(step) for backend, step in sides(both))
    assert one.keys() == two.keys()
    for name, value in one.items():
        rounding = 1e-3 if name.endswith("idle") else 1e-6  # biases before batch norm have no gradient but rounding
        assert two[name] == pytest.approx(value, rel=1e-3, abs=rounding), name
    assert one["critic/update_ratio"] > 1e-5


def test_typical_weights_are_the_same(both):
    one, two = (backend.typical_weights(step) for backend, step in sides(both))
    assert one == pytest.approx(two, rel=1e-3)


def test_before_the_first_step_nothing_was_updated():
    fresh = Both(small(RECIPES["dense"]), "float32")
    one, two = (backend.norms(step) for backend, step in sides(fresh))
    assert one == pytest.approx(two, rel=1e-6)
    assert two["critic/update_ratio"] == 0 and two["critic/idle"] == 1 and two["ema/distance"] == 0
