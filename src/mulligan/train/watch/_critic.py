"""What the scores of a critic say of it."""

from typing import Any

import numpy as np

from mulligan.train.watch._handful import TINY, Handful


def critic_signals(look: Any, real_samples: Handful) -> dict[str, float]:
    """Scores of reals, fakes and held-out reals, how well they are told apart, and how steep the critic is.

    ``critic/accuracy`` is the share of pairs of a held-out real (of a training one, where there is none held out) and a
    fake that are ranked right: 0.5 is the equilibrium. ``critic/overfitting`` is r_v of Karras et al. 2020, eq. 1: 0
    where held-out reals are scored like the training ones, 1 where they are scored like fakes; it is 0 too where the
    fakes are scored like all reals. ``critic/reach`` is by how much the score changes over the distance of two reals.
    """
    real, fake, held_out = look.real, look.fake, look.held_out
    spread = float(np.sqrt((real.var() + fake.var()) / 2)) + TINY
    gap = float(real.mean() - fake.mean())
    slope = float(look.slopes.mean())
    found = {
        "critic/real": real.mean(),
        "critic/fake": fake.mean(),
        "critic/spread": spread,
        "critic/separation": gap / spread,
        "critic/accuracy": _ranked_right(real if held_out is None else held_out, fake),
        "critic/input_gradient": slope,
        "critic/reach": slope * real_samples.typical_distance,
    }
    if held_out is not None:
        found["critic/held_out"] = held_out.mean()
        found["critic/accuracy_on_training_reals"] = _ranked_right(real, fake)
        found["critic/overfitting"] = (real.mean() - held_out.mean()) / gap if gap > 0.5 * spread else 0.0
    return {name: float(value) for name, value in found.items()}


def _ranked_right(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of pairs in which the real has the higher score; a tie counts half."""
    difference = real[:, None] - fake[None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)
