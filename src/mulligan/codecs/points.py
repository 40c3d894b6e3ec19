"""Points: rows of numbers, such as the two-dimensional toy sets."""

from dataclasses import dataclass

import numpy as np

from mulligan.errors import DataError, RecipeError


@dataclass(frozen=True)
class PointsCodec:
    """Points of ``dimensions`` numbers; raw values are float32 [n, d] and ``tensor = raw * scale + offset``.

    The default numbers leave a point as it is, which suits the toy sets (their values lie within about 5).
    """

    dimensions: int = 2
    scale: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.dimensions < 1:
            raise RecipeError(f"Points have {self.dimensions} dimensions; expected 1 or more.")
        if not (np.isfinite([self.scale, self.offset]).all() and self.scale != 0):
            raise RecipeError(f"The scale of points is {self.scale}; expected a finite number other than 0.")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one raw point: ``(d,)``."""
        return (self.dimensions,)

    @property
    def decoding(self) -> dict[str, object]:
        """The numbers that decide what a raw point is; part of a data set's fingerprint (scaling happens later)."""
        return {"codec": "points", "dimensions": self.dimensions}

    def resize(self, raw: np.ndarray) -> np.ndarray:
        """Check that ``raw`` [n, d] has the right width and return it as float32; DataError otherwise."""
        if raw.ndim != 2 or raw.shape[1] != self.dimensions:
            raise DataError(
                f"The data is an array of shape {raw.shape}; expected rows of {self.dimensions} numbers: "
                f"use PointsCodec(dimensions={raw.shape[-1]}) for it."
            )
        return np.ascontiguousarray(raw, dtype=np.float32)

    def to_float(self, raw: np.ndarray) -> np.ndarray:
        """Raw points to what networks see, float32 [n, d]."""
        return (raw * self.scale + self.offset).astype(np.float32)

    def to_raw(self, samples: np.ndarray) -> np.ndarray:
        """What networks make to raw points, float32 [n, d]."""
        return ((samples - self.offset) / self.scale).astype(np.float32)
