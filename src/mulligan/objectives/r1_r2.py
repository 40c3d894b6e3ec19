"""Zero-centered gradient penalties at real (R1) and fake (R2) samples (Mescheder et al. 2018, eq. 9 and 10)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mulligan import ops
from mulligan.objectives._objective import Penalty, Play, Terms


@dataclass(frozen=True)
class R1(Penalty):
    """gamma/2 E |grad D(x)|^2 at real samples; ``weight`` is gamma."""

    weight: Any = 1.0
    name: ClassVar[str] = "r1"
    input_gradients: ClassVar[frozenset[str]] = frozenset({"real"})

    def steepness(self) -> float:
        return 0.0

    def critic_terms(self, play: Play) -> Terms:
        return {"r1": ops.sum_per_sample(play.real_gradient**2) / 2}


@dataclass(frozen=True)
class R2(Penalty):
    """gamma/2 E |grad D(G(z))|^2 at generated samples; ``weight`` is gamma."""

    weight: Any = 1.0
    name: ClassVar[str] = "r2"
    input_gradients: ClassVar[frozenset[str]] = frozenset({"fake"})

    def steepness(self) -> float:
        return 0.0

    def critic_terms(self, play: Play) -> Terms:
        return {"r2": ops.sum_per_sample(play.fake_gradient**2) / 2}
