"""A plain convolutional critic that meets dense generators: 5x5 convolutions of stride 2, dropout, one dense layer."""

from dataclasses import dataclass

from mulligan.networks._spec import Network

KERNEL, STRIDE = 5, 2
Padding = tuple[int, int]


@dataclass(frozen=True)
class Critic(Network):
    """A picture of any size, joined by its label as constant maps -> convolutions that halve it -> one score."""

    size: int | tuple[int, ...] = 28
    channels: int = 1
    widths: tuple[int, ...] = (64, 128)
    slope: float = 0.2
    dropout: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "widths", tuple(self.widths))
        self._need_positive("widths")
        self._need(0 <= self.dropout < 1, f"dropout is {self.dropout}, expected a share from 0 to below 1")

    @property
    def maps(self) -> tuple[tuple[int, ...], ...]:
        """Height and width of the picture and after each convolution, which halves and rounds up."""
        return tuple(tuple(-(-side >> i) for side in self.shape[:2]) for i in range(len(self.widths) + 1))

    @property
    def paddings(self) -> tuple[tuple[Padding, Padding], ...]:
        """Zeros (before, after) in height and width for each convolution.

        Written out because frameworks disagree where the odd zero of "same" padding at stride 2 belongs.
        """
        return tuple((_padding(height), _padding(width)) for height, width in self.maps[:-1])


def _padding(side: int) -> Padding:
    total = max(0, (-(-side // STRIDE) - 1) * STRIDE + KERNEL - side)
    return total // 2, total - total // 2
