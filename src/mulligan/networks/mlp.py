"""Dense networks (Goodfellow et al. 2014) for pictures of any size and for points; labels: Mirza & Osindero 2014."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.networks._spec import Network


@dataclass(frozen=True)
class Generator(Network):
    """z -> dense layers, each leaky ReLU and (if asked) batch norm -> one number per pixel and channel.

    Of the first ``signs`` latents only the sign is seen. Samples that come in separate clusters need a jump between
    them, which a continuous map of a continuous z can only approach (Mukherjee et al. 2019).
    """

    size: int | tuple[int, ...] = 28
    channels: int = 1
    latent: int = 100
    hidden: tuple[int, ...] = (128, 256, 512)
    slope: float = 0.2
    output: str = "linear"
    batch_norm: bool = False
    signs: int = 0

    takes_points: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "hidden", tuple(self.hidden))
        self._need_positive("latent", "hidden")
        self._need_choice("output", ("linear", "tanh"))
        self._need(0 <= self.signs <= self.latent, f"signs is {self.signs}, expected 0 to the {self.latent} latents")


@dataclass(frozen=True)
class Critic(Network):
    """A sample, flattened -> dense layers, each leaky ReLU and (if asked) dropout -> one score.

    The first layer also sees sine and cosine of ``waves`` random projections of the sample, whose frequencies have the
    deviation ``frequency``: without them a dense network is slow to see what is fine (Tancik et al. 2020, eq. 5).
    """

    size: int | tuple[int, ...] = 28
    channels: int = 1
    hidden: tuple[int, ...] = (512, 256, 128)
    slope: float = 0.2
    dropout: float = 0.0
    waves: int = 0
    frequency: float = 5.0

    takes_points: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "hidden", tuple(self.hidden))
        self._need_positive("hidden")
        self._need(0 <= self.dropout < 1, f"dropout is {self.dropout}, expected a share from 0 to below 1")
        self._need(self.waves >= 0, f"waves is {self.waves}, expected their number, or 0 for none")

    def projections(self) -> np.ndarray:
        """Directions of the waves times their frequencies, always the same: float32 [numbers of a sample, waves]."""
        random = np.random.RandomState(0)  # the one stream that numpy promises never to change
        return (self.frequency * random.standard_normal((int(np.prod(self.shape)), self.waves))).astype(np.float32)
