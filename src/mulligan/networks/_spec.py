"""What the numbers of every network have in common."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from mulligan.errors import RecipeError, nearest
from mulligan.networks import _size
from mulligan.twins import build


@dataclass(frozen=True)
class Network:
    """A network on samples of ``size`` (height, width) and ``channels``, with ``labels`` classes (0: it knows none)."""

    size: int | tuple[int, ...] = 32
    channels: int = 3
    labels: int = 0

    takes_points: ClassVar[bool] = False  # a size of one number, (d,), stands for points of d numbers

    def __post_init__(self) -> None:
        size = (self.size, self.size) if isinstance(self.size, int) else self.size
        whole = isinstance(size, tuple | list) and all(isinstance(side, int) for side in size)
        self._need(whole, f"size is {self.size!r}, expected one whole number or (height, width)")
        size = tuple(size)
        object.__setattr__(self, "size", size)  # always a tuple, so that equal networks compare equal
        pictures = len(size) == 2 or (self.takes_points and len(size) == 1)
        self._need(pictures and min(size) >= 1, f"size is {self.size}, expected one number or (height, width)")
        self._need(self.channels >= 1, f"channels is {self.channels}, expected 1 or more")
        self._need(self.labels >= 0, f"labels is {self.labels}, expected the number of classes, or 0 for none")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample as raw data has it: (height, width, channels), or (d,) for points."""
        assert isinstance(self.size, tuple)
        return (*self.size, self.channels) if len(self.size) == 2 else self.size

    @classmethod
    def nearest_size(cls, size: tuple[int, int]) -> tuple[int, int]:
        """The largest size not above ``size`` that this network can do."""
        return size

    def fit(self, shape: tuple[int, ...], labels: int) -> Self:
        """The same numbers for data of this raw shape; RecipeError where the architecture cannot do it."""
        if len(shape) == 3:
            return replace(self, size=tuple(shape[:2]), channels=shape[2], labels=labels)
        self._need(self.takes_points, f"this data is points of {shape[0]} numbers, not pictures; take mlp instead")
        return replace(self, size=tuple(shape), channels=1, labels=labels)

    def build(self, framework: str) -> Any:
        """The module in ``"torch"`` or ``"tensorflow"``."""
        return build(self, framework)

    def _need(self, right: bool, complaint: str) -> None:
        if not right:
            name = f"{type(self).__module__.rpartition('.')[2]}.{type(self).__name__}"
            raise RecipeError(f"{name}: {complaint}.")

    def _need_positive(self, *fields: str) -> None:
        for field in fields:
            value = getattr(self, field)
            values = value if isinstance(value, tuple) else (value,)
            right = all(isinstance(number, int) and number >= 1 for number in values)
            self._need(right, f"{field} is {value!r}, expected 1 or more")

    def _need_choice(self, field: str, choices: Iterable[str]) -> None:
        value, choices = getattr(self, field), tuple(choices)
        hint = nearest(str(value), choices).rstrip("?")
        self._need(
            value in choices, f"{field} is '{value}', expected {' or '.join(choices)}{hint and '.' + hint + '?'}"
        )


@dataclass(frozen=True)
class Doubling(Network):
    """A network between a small map of 3 to 7 points per axis and pictures that are a power of two larger."""

    def __post_init__(self) -> None:
        super().__post_init__()
        assert isinstance(self.size, tuple)
        height, width = self.size
        if _size.doublings((height, width)) is None:
            near = {_size.largest_within((height, width)), _size.smallest_around((height, width))} - {None}
            works = " or ".join(f"{h}x{w}" for h, w in sorted(size for size in near if size))
            rule = "each side must be 3 to 7 times the same power of two"
            self._need(False, f"cannot make pictures of {height}x{width}: {rule}; the nearest that works is {works}")

    @classmethod
    def nearest_size(cls, size: tuple[int, int]) -> tuple[int, int]:
        """The largest size not above ``size`` that this network can do, or the smallest of all."""
        return _size.largest_within(size)

    @property
    def base(self) -> tuple[int, int]:
        """Height and width of the smallest map."""
        return self._doublings()[0]

    @property
    def levels(self) -> int:
        """How often the smallest map doubles."""
        return self._doublings()[1]

    def _doublings(self) -> tuple[tuple[int, int], int]:
        assert isinstance(self.size, tuple)
        found = _size.doublings((self.size[0], self.size[1]))
        assert found, "a size is checked at construction"
        return found
