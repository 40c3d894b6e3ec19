"""A small classifier of one data set: features are its penultimate layer, and its probabilities name the classes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Classifier:
    """3x3 convolutions, one layer of ``features``, each with ReLU; then ``classes``. No normalization: twins agree."""

    size: int
    channels: int
    classes: int
    widths: tuple[int, ...]
    strides: tuple[int, ...]
    features: int

    @property
    def flat(self) -> int:
        """How many numbers the last convolution gives a picture."""
        side = self.size
        for stride in self.strides:
            side = -(-side // stride)
        return self.widths[-1] * side * side
