"""A measure that is called by hand on features that lack what it needs says so in a sentence."""

import numpy as np
import pytest

from mulligan.errors import DataError
from mulligan.metrics import Features, measures

NEEDY = [kind for kind in measures().values() if kind.needs & {"raw", "labels", "probabilities", "held_out"}]


@pytest.mark.parametrize("kind", NEEDY, ids=lambda kind: kind.__name__)
def test_what_is_missing_is_named(kind):
    bare = Features(np.random.default_rng(0).normal(size=(50, 4)))
    with pytest.raises(DataError, match="which the measure needs"):
        kind()(bare, bare, np.random.default_rng(0))
