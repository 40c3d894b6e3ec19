"""Twenty steps of every recipe in torch and in TensorFlow, from equal weights, data and latents."""

import numpy as np
import pytest
from train._both import RECIPES, Both, farthest, small

STEPS = 20
# Parts of a batch, and bounded gradients, beside the plain step.
CHANGES = {
    "lsgan": {"accumulate": 2, "gradient_clip": 0.1},
    "wgan-gp": {"accumulate": 2},
    "r3gan-tiny": {"gradient_clip": 0.5},
}


# Its networks and game are those of r3gan-tiny, and to trace them takes longest.
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name == "r3gan" else name for name in RECIPES]


@pytest.mark.parametrize("name", NAMES)
def test_every_term_stays_within_a_billionth_in_float64(name):
    both = Both(small(RECIPES[name], **CHANGES.get(name, {})))
    start, _ = both.states()
    apart = max(farthest(*told) for told in both.play(STEPS))
    print(f"{name:<16} float64  terms {apart:.1e}  tensors {farthest(*both.states()):.1e}")
    assert apart <= 1e-9

    of_torch, of_keras = both.states()  # weights, buffers, averages, optimizers
    for key, array in of_torch.items():
        assert array.shape == of_keras[key].shape and array.dtype == of_keras[key].dtype, key
        np.testing.assert_allclose(of_keras[key], array, rtol=0, atol=1e-9 * max(1, np.abs(array).max()), err_msg=key)
    for role in both.torch.networks:
        moved = [key for key in start if key.startswith(f"network/{role}") and farthest(*_one(key, start, of_torch))]
        assert moved, "or nothing was learned"


def _one(key, *states):
    return [{key: state[key]} for state in states]


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_in_float32_rounding_comes_in(name):
    """A table, with -s: Adam makes whole steps of the rounding of gradients that are nearly zero."""
    both = Both(small(RECIPES[name], **CHANGES.get(name, {})), "float32")
    first, *others = (farthest(*told) for told in both.play(STEPS))
    print(
        f"{name:<16} float32  first step {first:.1e}  terms {max(others):.1e}  tensors {farthest(*both.states()):.1e}"
    )
    assert first <= 1e-4 and max(others) <= 0.1
