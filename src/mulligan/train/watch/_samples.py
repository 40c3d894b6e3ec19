"""What a handful of fakes beside as many reals says of a generator."""

import numpy as np

from mulligan.train.watch._handful import TINY, Handful, off_diagonal

FINE = 0.25  # cycles per pixel above which detail is fine; 0.5 is the finest that pixels can hold
FEW = 10  # reals, below which the distance from one to the next says little
PAIRS = 50  # of one label, of reals and of fakes, below which their mean distance says little

Labels = tuple[np.ndarray, np.ndarray]  # of the reals and of the fakes


def sample_signals(real: Handful, fake: Handful, labels: Labels | None = None) -> dict[str, float]:
    """Diversity and spread against the reals', repeats, shift, and of pictures saturation and spectrum.

    With the labels that fakes were asked for, their diversity within a label too. Nothing where there are fewer than
    two reals: how far samples are apart is then not known; and of few no repeats.
    """
    if len(real) < 2:
        return {}
    spread = real.spread + TINY
    found = {
        "samples/diversity": fake.apart.mean() / (real.apart.mean() + TINY),
        "samples/spread": fake.spread / spread,
        "samples/shift": np.abs(fake.mean - real.mean).mean() / spread,
    }
    if len(real) >= FEW:
        found["samples/repeats"] = _repeats(fake.apart, real.apart)
    if labels is not None:
        found |= _within(real.apart, fake.apart, *(_alike(label) for label in labels))
    if real.samples.ndim == 4:
        found["samples/saturated"] = (fake.saturated - real.saturated) / (1 - real.saturated + TINY)
        found |= _spectrum(real.power, fake.power)
    return {name: float(value) for name, value in found.items()}


def _alike(label: np.ndarray) -> np.ndarray:
    """Which pairs have one label, [n, n - 1] as their distances."""
    return off_diagonal(label[:, None] == label[None, :])


def _within(
    apart_real: np.ndarray, apart_fake: np.ndarray, alike_real: np.ndarray, alike_fake: np.ndarray
) -> dict[str, float]:
    """How far fakes of one label are apart beside reals of one: a generator that ignores z makes one to each label."""
    if min(alike_real.sum(), alike_fake.sum()) < 2 * PAIRS:  # each pair is there twice
        return {}
    return {"samples/diversity_within": apart_fake[alike_fake].mean() / (apart_real[alike_real].mean() + TINY)}


def _repeats(apart_fake: np.ndarray, apart_real: np.ndarray) -> float:
    """Share of fakes that have another one next to them, at less than a tenth of what is usual between reals."""
    usual = np.median(apart_real.min(axis=1))
    return float((apart_fake.min(axis=1) < 0.1 * usual).mean())


def _spectrum(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """Power of the fakes over that of the reals, [h, w]: in fine detail, and at the frequency of a checkerboard."""
    height, width = real.shape
    y, x = np.abs(np.fft.fftfreq(height))[:, None], np.abs(np.fft.fftfreq(width))[None, :]
    fine = np.maximum(y, x) > FINE
    # A stride of two repeats itself every second pixel: the finest frequency of one axis or of both.
    board = np.maximum(y, x) > 0.5 - 0.6 / min(height, width)
    below = fine & ~board
    if not (board.any() and below.any()):  # a handful of pixels have no such frequencies
        return {}
    fine_ratio, board_ratio, below_ratio = (
        (fake[part].mean() + TINY) / (real[part].mean() + TINY) for part in (fine, board, below)
    )
    return {"samples/fine_detail": fine_ratio, "samples/checkerboard": board_ratio / (below_ratio + TINY)}
