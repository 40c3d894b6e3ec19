"""What a handful of fakes beside as many reals says of a generator; samples as floats, pictures [n, h, w, c]."""

import numpy as np

BOUND = 0.99  # of pictures, which lie between -1 and 1; beyond it a pixel is black or white
LARGEST = 64  # pixels a side that are looked at
FINE = 0.25  # cycles per pixel above which detail is fine; 0.5 is the finest that pixels can hold
PAIRS = 50  # of one label, of reals and of fakes, below which their mean distance says little
TINY = 1e-12

Labels = tuple[np.ndarray, np.ndarray]  # of the reals and of the fakes


def sample_signals(real: np.ndarray, fake: np.ndarray, labels: Labels | None = None) -> dict[str, float]:
    """Diversity and spread against the reals', repeats, shift, and of pictures saturation and spectrum.

    With the labels that fakes were asked for, their diversity within a label too. Nothing where there are fewer than
    two reals: how far samples are apart is then not known.
    """
    if len(real) < 2:
        return {}
    real, fake = _middle(real), _middle(fake)
    flat_real, flat_fake = _flat(real), _flat(fake)
    apart_real, apart_fake = _distances(flat_real), _distances(flat_fake)
    spread_real = flat_real.std(axis=0).mean() + TINY
    shift = np.abs(flat_fake.mean(axis=0) - flat_real.mean(axis=0)).mean()
    found = {
        "samples/diversity": apart_fake.mean() / (apart_real.mean() + TINY),
        "samples/repeats": _repeats(apart_fake, apart_real),
        "samples/spread": flat_fake.std(axis=0).mean() / spread_real,
        "samples/shift": shift / spread_real,
    }
    if labels is not None:
        found |= _within(apart_real, apart_fake, *(_alike(label) for label in labels))
    if real.ndim == 4:
        usual = _saturated(flat_real)
        found["samples/saturated"] = (_saturated(flat_fake) - usual) / (1 - usual + TINY)
        found |= _spectrum(real, fake)
    return {name: float(value) for name, value in found.items()}


def typical_distance(samples: np.ndarray) -> float:
    """Root of the mean squared distance of two samples."""
    return float(np.sqrt(2 * _flat(samples).var(axis=0).sum()))


def _middle(samples: np.ndarray) -> np.ndarray:
    """The middle of large pictures: its pixels tell as much, and all of them would take seconds."""
    if samples.ndim != 4:
        return samples
    top, left = (max(side - LARGEST, 0) // 2 for side in samples.shape[1:3])
    return samples[:, top : top + LARGEST, left : left + LARGEST]


def _flat(samples: np.ndarray) -> np.ndarray:
    return samples.reshape(len(samples), -1).astype(np.float64)


def _distances(flat: np.ndarray) -> np.ndarray:
    """Distances of all pairs, [n, n - 1]: the diagonal left out."""
    squares = (flat**2).sum(axis=1)
    squared = squares[:, None] + squares[None, :] - 2 * flat @ flat.T
    count = len(flat)
    off_diagonal = squared[~np.eye(count, dtype=bool)].reshape(count, count - 1)
    return np.sqrt(np.maximum(off_diagonal, 0))


def _alike(label: np.ndarray) -> np.ndarray:
    """Which pairs have one label, [n, n - 1] as their distances."""
    count = len(label)
    return (label[:, None] == label[None, :])[~np.eye(count, dtype=bool)].reshape(count, count - 1)


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


def _saturated(flat: np.ndarray) -> float:
    return float((np.abs(flat) > BOUND).mean())


def _spectrum(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """Power of the fakes over that of the reals: in fine detail, and at the frequency of a checkerboard."""
    powers = [_power(samples) for samples in (fake, real)]
    height, width = real.shape[1:3]
    y, x = np.abs(np.fft.fftfreq(height))[:, None], np.abs(np.fft.fftfreq(width))[None, :]
    fine = np.maximum(y, x) > FINE
    # A stride of two repeats itself every second pixel: the finest frequency of one axis or of both.
    board = np.maximum(y, x) > 0.5 - 0.6 / min(height, width)
    below = fine & ~board
    if not (board.any() and below.any()):  # a handful of pixels have no such frequencies
        return {}
    fine_ratio, board_ratio, below_ratio = (
        (powers[0][part].mean() + TINY) / (powers[1][part].mean() + TINY) for part in (fine, board, below)
    )
    return {"samples/fine_detail": fine_ratio, "samples/checkerboard": board_ratio / (below_ratio + TINY)}


def _power(samples: np.ndarray) -> np.ndarray:
    """Mean power by frequency, without that of the mean picture: [h, w]."""
    centered = samples - samples.mean(axis=0)
    return (np.abs(np.fft.fft2(centered, axes=(1, 2))) ** 2).mean(axis=(0, 3))
