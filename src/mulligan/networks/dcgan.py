"""Convolutional networks of DCGAN (Radford et al. 2016): 4x4 convolutions of stride 2, batch norm, tanh."""

from dataclasses import dataclass

from mulligan.networks._spec import Doubling

LABEL_WIDTH = 50  # of the embedding that joins z,
# which begins as long as one-hot labels are. With numbers as large as those of z a network of batch norm came to draw
# one picture to each label: on MNIST, width 32, two of a class were 0.19 as far apart as in the data after 20,000
# images, and so 0.86 after 30,000.
LABEL_DEVIATION = LABEL_WIDTH**-0.5


@dataclass(frozen=True)
class Generator(Doubling):
    """z -> base map -> transposed convolutions that double it; ``width`` is the channels of the largest hidden map."""

    size: int | tuple[int, ...] = 64
    latent: int = 100
    width: int = 64
    normalization: str = "batch"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_positive("latent", "width")
        self._need_choice("normalization", ("batch", "none"))

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels from the base map to the last hidden map."""
        return tuple(self.width * min(8, 2**i) for i in reversed(range(self.levels)))


@dataclass(frozen=True)
class Critic(Doubling):
    """A picture -> convolutions that halve it -> one score; ``width`` is the channels after the first.

    Batch norm mixes the samples of a batch, so objectives with a gradient penalty want ``"none"`` or ``"spectral"``.
    """

    size: int | tuple[int, ...] = 64
    width: int = 64
    slope: float = 0.2
    normalization: str = "batch"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_positive("width")
        self._need_choice("normalization", ("batch", "spectral", "none"))

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels after each convolution."""
        return tuple(self.width * min(8, 2**i) for i in range(self.levels))
