"""Random convolutional features: no training, so no opinion borrowed from any data set; a last resort and a second opinion.

Random multi-scale filters followed by pooling tell textures apart nearly as well as trained ones (Ustyuzhaninov et al. 2017).
The weights are exact functions of a seed, so that every framework and machine has the same.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RandomConv:
    """Filters of two layers at each scale of a picture that is halved from ``size``; features are pooled per quarter."""

    size: int = 32
    channels: int = 3
    scales: int = 3
    first: int = 24
    second: int = 24
    seed: int = 0
