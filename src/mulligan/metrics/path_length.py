"""Perceptual path length: how far a picture moves when its latent takes a tiny step (Karras et al. 2019, section 4.1).

Lower is better: a smooth way from picture to picture. It is asked of a generator, not of a set of samples, and is not
the number of papers, which walk through StyleGAN's own latent space W; the protocol says how this one was walked.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Extractor

BETTER = {"path_length": "lower"}
Decode = Callable[[np.ndarray], np.ndarray]


def path_length(
    decode: Decode,
    extractor: Extractor,
    latent: int,
    random: np.random.Generator,
    *,
    pairs: int = 10_000,
    epsilon: float = 1e-4,
    ends: bool = False,
    trim: float = 0.01,
    batch: int = 16,
) -> Estimate:
    """The mean of ``|f(decode(z)) - f(decode(z'))|^2 / epsilon^2`` over ``pairs`` of random ways between latents.

    ``decode`` makes pictures [n, h, w, c] in floats from 0 to 255, not rounded, of normal latents [n, ``latent``] in
    float64; ``f`` are the features of ``extractor`` (for LPIPS that of ``open_perceptual``). z and z' lie ``epsilon``
    apart at a random place of the way from one draw to another, or with ``ends`` at its beginning. The smallest and the
    largest ``trim`` of all distances are left out, as the paper's authors do: few are huge. DataError for pictures in 8
    bits, where such steps cannot be seen.
    """
    distances = np.concatenate(
        [
            _distances(decode, extractor, _steps(random, min(batch, pairs - start), latent, epsilon, ends))
            for start in range(0, pairs, batch)
        ]
    )
    distances /= epsilon**2
    value, spread = _trimmed(distances, trim)
    where = "at the beginning" if ends else "anywhere on the way"
    how: dict[str, Any] = {
        "extractor": extractor.name,
        "extractor_hash": extractor.hash,
        "resizer": extractor.resizer,
        "steps": f"{pairs} of {epsilon:g} in Z, spherical, {where}",
        "distance": "squared difference of features",
        "trimmed": f"{trim:g} at each end",
        "pictures": "floats, not rounded to 8 bits",
        "interval": "value +- 1.96 standard errors of a trimmed mean",
    }
    details = {"median": float(np.median(distances)), "largest": float(distances.max())}
    return Estimate("path_length", value, max(value - spread, 0.0), value + spread, how, details)


def slerp(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Latents [n, d] at ``share`` [n] of the way on the sphere (Shoemake 1985): direction evenly, length linearly.

    Both ends are latents [n, d], or one latent [d] for all shares. Between opposite ones, any of the ways is taken.
    """
    (from_length, a), (to_length, b) = (_polar(np.atleast_2d(side).astype(np.float64)) for side in (start, end))
    cosine = (a * b).sum(1, keepdims=True)
    sideways = b - cosine * a
    sine, share = np.linalg.norm(sideways, axis=1, keepdims=True), np.asarray(share, np.float64)[:, None]
    # Parallel or opposite: any right angle will do. The axis that the start leans on least is never the start itself.
    axis = np.eye(a.shape[1])[np.abs(a).argmin(1)]
    sideways = np.where(sine > 1e-9, sideways, axis - (axis * a).sum(1, keepdims=True) * a)
    angle = np.arctan2(sine, cosine) * share
    return (np.cos(angle) * a + np.sin(angle) * _polar(sideways)[1]) * (from_length + share * (to_length - from_length))


def _polar(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths [n, 1] and directions [n, d]; that of 0 is 0."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return lengths, values / np.maximum(lengths, np.finfo(float).tiny)


def _steps(random: np.random.Generator, count: int, latent: int, epsilon: float, ends: bool) -> np.ndarray:
    """Latents [2 n, d]: n places, then the same ones a step further."""
    start, end = random.normal(size=(2, count, latent))
    share = np.zeros(count) if ends else random.random(count)
    return np.concatenate([slerp(start, end, share), slerp(start, end, share + epsilon)])


def _distances(decode: Decode, extractor: Extractor, latents: np.ndarray) -> np.ndarray:
    pictures = decode(latents)
    if not np.issubdtype(pictures.dtype, np.floating):
        raise DataError(
            f"the path length was given pictures of type {pictures.dtype}, in which a tiny step is rounded away; "
            "expected floats from 0 to 255"
        )
    values = extractor(pictures).values
    half = len(values) // 2
    return np.square(values[:half] - values[half:], dtype=np.float64).sum(1)


def _trimmed(distances: np.ndarray, trim: float) -> tuple[float, float]:
    """Mean without the ends, and 1.96 of its standard errors, by the winsorized deviation (Tukey & McLaughlin 1963)."""
    ordered, cut = np.sort(distances), int(trim * len(distances))
    kept = ordered[cut : len(ordered) - cut]
    deviation = ordered.clip(kept[0], kept[-1]).std(ddof=1) / (1 - 2 * trim)
    return float(kept.mean()), float(1.96 * deviation / np.sqrt(len(ordered)))
