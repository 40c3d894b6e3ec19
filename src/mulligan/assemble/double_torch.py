"""Computing in float64 in PyTorch: slow, and for checks alone."""

from collections.abc import Mapping
from typing import Any

import torch


def use_double() -> None:
    """From now on all that this process builds has float64 weights."""
    torch.set_default_dtype(torch.float64)


def cast(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch with its numbers in float64; labels stay whole."""
    return {name: x.double() if x.is_floating_point() else x for name, x in batch.items()}
