"""Samples of a model: which latents and labels they are made from, and a picture of them."""

from typing import Any

import numpy as np

from mulligan.codecs import grid
from mulligan.errors import RecipeError
from mulligan.train.draws import Draws

_POINTS_PICTURE = 320


def fixed_inputs(plan: Any, draws: Any, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The latents and labels of the grid that is drawn at every tick: one column to a class where there are labels."""
    latent = draws.normal("grid/z", 0, count, (plan.recipe.latent_size,))
    return latent, np.arange(count) % plan.labels if plan.labels else None


def inputs(
    recipe: Any, labels: int, class_counts: tuple[int, ...], seed: int, count: int, start: int = 0
) -> tuple[np.ndarray, np.ndarray | None]:
    """Latents and labels of ``count`` samples from place ``start`` on; labels come in the shares of the data.

    RecipeError where these are no samples.
    """
    refuse_none(count, seed, start)
    draws = Draws(seed)
    latent = draws.normal("generate/z", start, count, (recipe.latent_size,))
    if not labels:
        return latent, None
    return latent, labels_in_shares(class_counts or (1,) * labels, draws.uniform("generate/label", start, count))


def refuse_none(count: int, seed: int, start: int = 0) -> None:
    """RecipeError where so many samples from ``start`` on are none."""
    if count < 1 or seed < 0 or start < 0:
        raise RecipeError(
            f"{count} samples of seed {seed} from {start} on are none; expected 1 or more, seed 0 or more"
        )


def samples(backend: Any, network: Any, plan: Any, draws: Any, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Raw samples as the model would generate them, and the labels that they were asked for."""
    latent, label = inputs(plan.recipe, plan.labels, plan.class_counts, draws.seed, count)
    return plan.codec.to_raw(backend.sample(network, latent, label)), label


def labels_in_shares(class_counts: tuple[int, ...], uniform: np.ndarray) -> np.ndarray:
    """Labels in the shares of the data, from uniform numbers [n]."""
    ends = np.cumsum(class_counts) / sum(class_counts)
    return np.searchsorted(ends, uniform, side="right").clip(max=len(class_counts) - 1).astype(np.int64)


def picture(raw: np.ndarray) -> np.ndarray:
    """One uint8 picture of raw samples: a grid of pictures, or where points lie."""
    return grid(raw) if raw.ndim == 4 else _scatter(raw[:, :2])


def _scatter(points: np.ndarray) -> np.ndarray:
    reach = max(float(np.abs(points).max()), 1e-6) * 1.1
    bins = np.linspace(-reach, reach, _POINTS_PICTURE // 4 + 1)
    counts = np.histogram2d(-points[:, -1], points[:, 0], bins=(bins, bins))[0]
    shade = 255 - np.clip(255 * np.sqrt(counts / max(counts.max(), 1)), 0, 255).astype(np.uint8)
    return np.kron(shade, np.ones((4, 4), np.uint8))[:, :, None]
