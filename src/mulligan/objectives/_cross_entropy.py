"""What the minimax and the non-saturating loss share: the critic of both is a classifier trained by cross-entropy."""

import math

from mulligan import ops
from mulligan.objectives._objective import Play, Terms


def cross_entropy_terms(play: Play, label_smoothing: float) -> Terms:
    """-E log D(x) - E log(1 - D(G(z))) with D = sigmoid(score); reals are labelled 1 - label_smoothing."""
    real = ops.softplus(-play.real.score)
    if label_smoothing:
        real = (1 - label_smoothing) * real + label_smoothing * ops.softplus(play.real.score)
    return {"real": real, "fake": ops.softplus(play.fake.score)}


def jensen_shannon(play: Play) -> Terms:
    """Lower bound of the Jensen-Shannon divergence in nats: log 2 - L_D / 2 (Goodfellow et al. 2014, theorem 1)."""
    loss = ops.mean(ops.softplus(-play.real.score)) + ops.mean(ops.softplus(play.fake.score))
    return {"jensen_shannon": math.log(2) - loss / 2}
