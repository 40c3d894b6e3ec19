"""Residual networks of SNGAN (Miyato et al. 2018); Gulrajani et al. 2017 use the same blocks for WGAN-GP.

Up to three doublings (28, 32, 48) all blocks have one width, as in the paper's table for CIFAR-10; from four on (64,
128) widths follow its table for ImageNet and halve with every doubling. Labels as in Miyato & Koyama 2018.
"""

from dataclasses import dataclass

from mulligan.networks._spec import Doubling

FEW_LEVELS = 3


@dataclass(frozen=True)
class Generator(Doubling):
    """z -> base map -> residual blocks that double it, with batch norm, conditional where there are labels -> tanh."""

    latent: int = 128
    width: int = 256

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_positive("latent", "width")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the base map and after each block."""
        if self.levels <= FEW_LEVELS:
            return (self.width,) * (self.levels + 1)
        return tuple(max(1, self.width * min(16, 2**i) // 4) for i in reversed(range(self.levels + 1)))


@dataclass(frozen=True)
class Critic(Doubling):
    """A picture -> residual blocks, most of which halve it -> sum over the map -> one score.

    ``spectral_norm=False`` makes it the critic of WGAN-GP, without any normalization.
    """

    width: int = 128
    spectral_norm: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_positive("width")

    @property
    def blocks(self) -> tuple[tuple[int, bool], ...]:
        """(channels, whether it halves the map) of each block."""
        if self.levels <= FEW_LEVELS:
            return ((self.width, True),) * min(2, self.levels) + ((self.width, False),) * 2
        widths = [max(1, self.width * min(16, 2**i) // 2) for i in range(self.levels + 1)]
        return (*((width, True) for width in widths[:-1]), (widths[-1], False))
