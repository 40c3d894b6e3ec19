"""The opponent of the player whose turn it is: in use, and not moved by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.parametrizations import _SpectralNorm


class _Parts(NamedTuple):
    owners: list[nn.Module]  # modules that hold parameters of their own
    batch_norms: list[_BatchNorm]
    spectral_norms: list[_SpectralNorm]


_PARTS: WeakKeyDictionary[nn.Module, _Parts] = WeakKeyDictionary()


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Keep weights, batch-norm statistics and spectral-norm vectors of ``module`` as they are, for the duration.

    The module stays in the mode it is in: batch norm in training mode goes on to use the statistics of the batch,
    dropout goes on to drop. Its layers are looked up once, so a module must not gain layers between two uses.
    """
    owners, batch_norms, spectral_norms = _parts(module)
    weights = [weight for owner in owners for weight in owner.parameters(recurse=False)]
    weight_flags = [weight.requires_grad for weight in weights]
    track_flags = [norm.track_running_stats for norm in batch_norms]
    train_flags = [norm.training for norm in spectral_norms]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        for norm in batch_norms:
            norm.track_running_stats = norm.track_running_stats and not norm.training
        for spectral in spectral_norms:
            spectral.training = False  # only training mode iterates
        yield
    finally:
        for weight, flag in zip(weights, weight_flags, strict=True):
            weight.requires_grad_(flag)
        for norm, flag in zip(batch_norms, track_flags, strict=True):
            norm.track_running_stats = flag
        for spectral, flag in zip(spectral_norms, train_flags, strict=True):
            spectral.training = flag


def _parts(module: nn.Module) -> _Parts:
    if module not in _PARTS:
        inside = list(module.modules())
        _PARTS[module] = _Parts(
            owners=[part for part in inside if any(True for _ in part.parameters(recurse=False))],
            batch_norms=[part for part in inside if isinstance(part, _BatchNorm)],
            spectral_norms=[part for part in inside if isinstance(part, _SpectralNorm)],
        )
    return _PARTS[module]
