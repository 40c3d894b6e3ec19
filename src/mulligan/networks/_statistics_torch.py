"""Batch-norm statistics of averaged weights."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def recalibrate(module: nn.Module, batches: Iterable[tuple[Tensor, ...]]) -> None:
    """Set the running statistics of batch norm to plain averages over ``batches`` of ``(z,)`` or ``(z, label)``.

    Averaged (EMA) weights never saw the statistics that they were trained beside, so theirs are measured anew.
    Nothing happens, and no batch is drawn, where there is no batch norm.
    """
    norms = [part for part in module.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
    if not norms:
        return
    modes = [(part, part.training) for part in module.modules()]
    momenta = [norm.momentum for norm in norms]
    try:
        module.eval()
        for norm in norms:
            norm.train()
            norm.reset_running_stats()
            norm.momentum = None  # torch's word for the average of all batches
        for batch in batches:
            module(*batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for part, training in modes:
            part.training = training
