"""A network of torch and its twin in TensorFlow with the same weights, and what both make of the same samples."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from _small_networks import variants
from _tensorflow import channels_last, floats

from mulligan.critique import Critique
from mulligan.train import state_keras, state_torch

SPECS = {f"{role}-{name}": spec for role in ("Generator", "Critic") for name, spec in variants(role)}
N = 5


@dataclass
class Twins:
    """Both networks, and a batch as numpy arrays: samples as torch has them, labels or none."""

    torch: torch.nn.Module
    keras: object
    samples: np.ndarray
    label: np.ndarray | None

    def in_torch(self, *, training):
        """Outputs in TensorFlow's layout: the samples, or the score and the features."""
        self.torch.train(training)
        return self.in_torch_as_it_is()

    def in_torch_as_it_is(self):
        """The same in the mode that the network is in."""
        label = None if self.label is None else torch.from_numpy(self.label)
        with torch.no_grad():
            return arrays_of(self.torch(torch.from_numpy(self.samples), label))

    def in_keras(self, *, training, rows=slice(None)):
        """The same of the twin, eager."""
        label = None if self.label is None else self.label[rows]
        return arrays_of(self.keras(channels_last(self.samples[rows]), label, training=training))

    def states(self):
        """All tensors of both."""
        return state_torch.network_arrays(self.torch), state_keras.network_arrays(self.keras)


def arrays_of(output):
    """Numpy arrays of pictures or of a critique, channels last."""
    parts = [output.score, *output.features] if isinstance(output, Critique) else [output]
    return [channels_last(part.numpy()) if isinstance(part, torch.Tensor) else part.numpy() for part in parts]


@cache
def _built(name, dtype):
    """Both networks, and the weights and buffers that torch starts with."""
    with floats(dtype):
        of_torch, of_keras = SPECS[name].build("torch"), SPECS[name].build("tensorflow")
    return of_torch.to(getattr(torch, dtype)), of_keras, state_torch.network_arrays(of_torch)


def twins(name, dtype="float64"):
    """Twins of one variant with lively weights; those that start at zero or tiny would hide mistakes behind them."""
    spec, random = SPECS[name], np.random.default_rng(3)
    of_torch, of_keras, start = _built(name, dtype)
    arrays = {key: array.copy() for key, array in start.items()}
    for key, array in arrays.items():
        if key.endswith(("weight", "bias", "original", "basis")):
            array += random.standard_normal(array.shape) * 0.3 / max(1, np.prod(array.shape[1:])) ** 0.5
    state_torch.load_network(of_torch, arrays)
    state_keras.load_network(of_keras, arrays)
    *picture, last = spec.shape
    shape = (spec.latent,) if name.startswith("Generator") else (last, *picture)
    label = np.arange(N) % spec.labels if spec.labels else None
    return Twins(of_torch, of_keras, random.standard_normal((N, *shape)).astype(dtype), label)


def assert_close(found, expected, share):
    """Equal up to a share of the largest number."""
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=share * max(np.abs(expected).max(), 1e-6))
