"""Residual networks without normalization, of grouped convolutions: R3GAN (Huang et al. 2024, "The GAN is dead").

Built from the text of the paper. The published networks have ``width=768``; width 32 to 64 does for digits.
"""

from dataclasses import dataclass
from math import prod

from mulligan.networks._spec import Doubling

LABEL_WIDTH = 64  # of the embedding that joins z
FULL_STAGES = 4  # so many stages from the base map on have the full width, then it halves with every doubling
EXPANSION = 2  # a block is this much wider inside


@dataclass(frozen=True)
class _Stages(Doubling):
    """One stage per resolution, each of ``blocks`` residual blocks.

    ``width`` is the channels of the low resolutions, halved for each above eight times the base as in the paper,
    or one number per stage, from the base map on. ``group_size`` is the channels that a 3x3 convolution sees at once;
    0 stands for all of them.
    """

    width: int | tuple[int, ...] = 768
    blocks: int = 2
    group_size: int = 16
    slope: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.width, int):
            object.__setattr__(self, "width", tuple(self.width))
            stages = self.levels + 1
            self._need(
                len(self.width) == stages, f"width has {len(self.width)} numbers, expected {stages}, one per stage"
            )
        self._need_positive("width", "blocks")
        self._need(self.group_size >= 0, f"group_size is {self.group_size}, expected channels, or 0 for no groups")
        for inside in (width * EXPANSION for width in self.widths):
            uneven = f"{inside} channels inside a block do not divide into groups of {self.group_size}; change width"
            self._need(inside % self.group_of(inside) == 0, uneven)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels per stage, from the base map to the full size."""
        if isinstance(self.width, tuple):
            return self.width
        return tuple(max(1, self.width >> max(0, i - FULL_STAGES + 1)) for i in range(self.levels + 1))

    def group_of(self, channels: int) -> int:
        """Channels per group where there are ``channels``."""
        return min(self.group_size or channels, channels)

    @property
    def branch_scale(self) -> float:
        """What keeps the sum of all residual branches in bounds without normalization: L^(-1/4) (Zhang et al. 2019)."""
        return prod((self.levels + 1, self.blocks)) ** -0.25


@dataclass(frozen=True)
class Generator(_Stages):
    """A learned base map, scaled per channel by a linear map of z -> stages that double it -> pictures, not clamped."""

    latent: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_positive("latent")


@dataclass(frozen=True)
class Critic(_Stages):
    """A picture -> stages that halve it -> one score; with labels, an inner product with the label's embedding."""
