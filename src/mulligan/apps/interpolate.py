"""A walk through the latent space, on the sphere, from sample to sample."""

from pathlib import Path

import numpy as np

from mulligan.apps._latent import path as latent_path
from mulligan.apps._media import save_walk
from mulligan.apps.model import Model
from mulligan.errors import RecipeError


def interpolate(
    model: Model,
    out: Path,
    *,
    samples: int = 6,
    frames: int = 24,
    seed: int = 0,
    label: str | int | None = None,
    fps: int = 24,
    mark: bool = True,
) -> Path:
    """Write a walk through samples with ``frames`` pictures to a leg, as what ``out`` ends in: .gif, .mp4 or .png.

    Films run in a loop; a sheet ends on the last sample. A model with labels keeps one label all the way, by default
    the one of the first sample.
    """
    if samples < 2 or frames < 1:
        raise RecipeError(
            f"{samples} samples with {frames} frames between them are no walk; expected 2 or more with 1 or more"
        )
    if len(model.codec.shape) != 3:
        raise RecipeError(f"the model {model.name} makes points, not pictures; interpolate needs a model of pictures")
    latent, labels = model.inputs(samples, seed=seed, label=label)
    walk = latent_path(latent, frames, closed=out.suffix.lower() != ".png")
    kept = None if labels is None else np.full(len(walk), labels[0])
    return save_walk(out, model.decode(walk, kept), model.provenance(seed=seed) if mark else None, fps)
