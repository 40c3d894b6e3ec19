"""Ways through the latent space."""

import numpy as np


def slerp(start: np.ndarray, end: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Interpolate on the sphere between two latents [d] at ``shares`` [n] of the way; returns [n, d] float32.

    The direction turns at constant speed and the length changes linearly, so that every point is as far from the
    origin as a draw from the normal distribution is (Shoemake 1985; White 2016, "Sampling Generative Networks").
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    shares = np.asarray(shares, np.float64)[:, None]  # [n, 1]
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    from_a, from_b = _unit(a), _unit(b)
    sideways = from_b - (from_a @ from_b) * from_a
    angle = np.arctan2(np.linalg.norm(sideways), from_a @ from_b)
    directions = np.cos(shares * angle) * from_a + np.sin(shares * angle) * _turn(from_a, sideways)
    return (directions * (length_a + shares * (length_b - length_a))).astype(np.float32)


def path(latents: np.ndarray, frames: int, closed: bool = False) -> np.ndarray:
    """Walk through latents [k, d] with ``frames`` points to each leg; returns [n, d] float32.

    An open path ends on the last latent. A closed one goes on to the first and leaves that end out, so that it can be
    played in a loop without a stop.
    """
    assert latents.ndim == 2 and len(latents) and frames >= 1, (latents.shape, frames)
    following = np.roll(latents, -1, axis=0)
    pairs = list(zip(latents, following, strict=True))[: None if closed else -1]
    legs = [slerp(a, b, np.arange(frames) / frames) for a, b in pairs]
    return np.concatenate(legs if closed else [*legs, latents[-1:].astype(np.float32)])


def _unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def _turn(start: np.ndarray, sideways: np.ndarray) -> np.ndarray:
    """The unit vector at right angles to ``start`` that the walk turns towards."""
    if np.linalg.norm(sideways) > 1e-9:
        return _unit(sideways)
    # Parallel or opposite: any right angle will do. The axis that start leans on least is never start itself.
    axis = np.eye(len(start))[np.argmin(np.abs(start))]
    return _unit(axis - (axis @ start) * start)
