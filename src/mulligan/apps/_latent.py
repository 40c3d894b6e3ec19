"""Ways through the latent space."""

import numpy as np

from mulligan.metrics.path_length import slerp


def path(latents: np.ndarray, frames: int, closed: bool = False) -> np.ndarray:
    """Walk through latents [k, d] on spheres with ``frames`` points to each leg; returns [n, d] float32.

    The length changes linearly from end to end, so that every point is as far from the origin as a draw from the normal
    distribution is (White 2016, "Sampling Generative Networks").

    An open path ends on the last latent. A closed one goes on to the first and leaves that end out, so that it can be
    played in a loop without a stop.
    """
    assert latents.ndim == 2 and len(latents) and frames >= 1, (latents.shape, frames)
    following = np.roll(latents, -1, axis=0)
    pairs = list(zip(latents, following, strict=True))[: None if closed else -1]
    legs = [slerp(a, b, np.arange(frames) / frames) for a, b in pairs]
    return np.concatenate(legs if closed else [*legs, latents[-1:]]).astype(np.float32)
