"""Dense networks (Goodfellow et al. 2014) for pictures of any size and for points; labels: Mirza & Osindero 2014."""

from dataclasses import dataclass
from typing import ClassVar

from mulligan.networks._spec import Network


@dataclass(frozen=True)
class Generator(Network):
    """z -> dense layers, each leaky ReLU and (if asked) batch norm -> one number per pixel and channel."""

    size: int | tuple[int, ...] = 28
    channels: int = 1
    latent: int = 100
    hidden: tuple[int, ...] = (128, 256, 512)
    slope: float = 0.2
    output: str = "linear"
    batch_norm: bool = False

    takes_points: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "hidden", tuple(self.hidden))
        self._need_positive("latent", "hidden")
        self._need_choice("output", ("linear", "tanh"))


@dataclass(frozen=True)
class Critic(Network):
    """A sample, flattened -> dense layers, each leaky ReLU and (if asked) dropout -> one score."""

    size: int | tuple[int, ...] = 28
    channels: int = 1
    hidden: tuple[int, ...] = (512, 256, 128)
    slope: float = 0.2
    dropout: float = 0.0

    takes_points: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "hidden", tuple(self.hidden))
        self._need_positive("hidden")
        self._need(0 <= self.dropout < 1, f"dropout is {self.dropout}, expected a share from 0 to below 1")
