"""How far the share of fine detail is from the real one: |log| of their ratio, in the spectrum of pictures.

Needs raw pictures; lower is better, 0 where fakes are as sharp as reals. Blur, and the noise and checkerboards of
upsampling, show first at high frequencies (Durall et al. 2020).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features
from mulligan.metrics._raw import brightness, pictures


def powers(raw: np.ndarray) -> np.ndarray:
    """For each picture [n, h, w, c]: its power above half the highest frequency, and its whole power [n, 2].

    The mean brightness is left out. Frequencies are radial, so the corners of the spectrum count as high.
    """
    across, down = np.fft.rfftfreq(raw.shape[2]), np.fft.fftfreq(raw.shape[1])
    radius = np.hypot(down[:, None], across[None])
    # The half spectrum of real numbers holds every column twice, but the first and, of an even width, the last.
    twice = np.where((across > 0) & (across < 0.5), 2.0, 1.0) * (radius > 0)
    chunks = np.array_split(raw, -(-len(raw) // 100))
    spectra = (np.square(np.abs(np.fft.rfft2(brightness(chunk)))) * twice for chunk in chunks)
    return np.concatenate([np.stack([one[:, radius > 0.25].sum(1), one.sum((1, 2))], 1) for one in spectra])


@dataclass(frozen=True)
class Sharpness:
    """The share of the power that is above half the highest frequency, over ``limit`` pictures of each side."""

    limit: int = 1000
    needs: ClassVar[frozenset[str]] = frozenset({"raw"})
    quick: ClassVar[bool] = False
    better: ClassVar[dict[str, str]] = {"sharpness_gap": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        a, b = (powers(raw) for raw in pictures(real, fake, self.limit))
        of_real, of_fake = (high.mean() / max(whole.mean(), 1e-12) for high, whole in (a.T, b.T))
        # Pictures of one colour have no detail at all: a millionth keeps the logarithm finite.
        logarithm = float(np.log((of_fake + 1e-6) / (of_real + 1e-6)))
        influence = (b[:, 0] - of_fake * b[:, 1]) / max(b[:, 1].mean(), 1e-12) / (of_fake + 1e-6)
        spread = 1.96 * float(influence.std() / np.sqrt(len(b)))
        how = {"interval": "value +- 1.96 standard errors over fakes", "pictures a side": len(b),
               "detail": "radial frequencies above a quarter of a turn per pixel"}  # fmt: skip
        verdict = "blurred" if logarithm < -spread else "too sharp" if logarithm > spread else "as sharp"
        details = {"of the reals": float(of_real), "of the fakes": float(of_fake), "fakes are": verdict}
        value = abs(logarithm)
        return [Estimate("sharpness_gap", value, max(value - spread, 0.0), value + spread, how, details)]
