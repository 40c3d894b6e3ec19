"""Which extractor fits the data; knows the files of this folder and the shipped weights, and no framework."""

from typing import NamedTuple

import numpy as np

from mulligan.errors import RecipeError, nearest
from mulligan.metrics.extractors import _weights, inception
from mulligan.metrics.extractors._likeness import ENOUGH, SAME, apart, channels_differ, signature
from mulligan.metrics.extractors.foundation import FOUNDATIONS
from mulligan.twins import has_twin


class Choice(NamedTuple):
    """The extractor ``name``: its file here, which of its weights, and why it was picked."""

    name: str
    file: str
    which: str
    reason: str


def _table() -> dict[str, tuple[str, str]]:
    """File, and which of its forms, by the name that a user types."""
    return {
        **{f"classifier-{name}": ("classifier", name) for name in _weights.shipped()},
        "classifier-mnist-stacked": ("stacked", "mnist"),
        "trained": ("trained", ""),
        "inception": ("inception", "clean"),
        **{f"inception-{resizer}": ("inception", resizer) for resizer in inception.RESIZERS},
        **{name: ("foundation", name) for name in FOUNDATIONS},
        "random_conv": ("random_conv", ""),
    }


def names() -> tuple[str, ...]:
    """What a user may type for an extractor."""
    return tuple(_table())


def choose(name: str = "auto", sample: np.ndarray | None = None, framework: str = "torch") -> Choice:
    """Resolve a name; ``auto`` looks at ``sample``, raw pictures [n, h, w, c] taken evenly from the real data.

    In this order: the shipped classifier of data that looks the same, InceptionV3 where its weights are at hand and the
    framework has a form of it, random convolutions. The others have to be asked for.
    """
    if name == "auto":
        return _fitting(sample, framework)
    if name not in names():
        raise RecipeError(f"there is no extractor '{name}'; type auto, {' or '.join(names())}.{nearest(name, names())}")
    return _named(name, "asked for")


def _named(name: str, reason: str) -> Choice:
    return Choice(name, *_table()[name], reason)


def _fitting(sample: np.ndarray | None, framework: str) -> Choice:
    known = _known(sample) if sample is not None and len(sample) >= ENOUGH else None
    if known:
        return _named(f"classifier-{known}", f"the pictures look like {known}, for which a classifier is shipped")
    if not has_twin(inception.__name__, framework):
        missing = f"InceptionV3 has no {framework} form"
    elif inception.WEIGHTS.at_hand():
        return _named("inception", "no shipped classifier fits the pictures, and the InceptionV3 weights are at hand")
    else:
        missing = f"there are no InceptionV3 weights at {inception.WEIGHTS.place()}"
    return _named("random_conv", f"a last resort: no shipped classifier fits the pictures, and {missing}")


def _known(sample: np.ndarray) -> str | None:
    """The data set whose classifier is shipped and that the sample, or each channel of its own, looks like."""
    if channels_differ(sample):
        channels = {_known(sample[..., channel : channel + 1]) for channel in range(3)}
        return "mnist-stacked" if channels == {"mnist"} else None
    seen = signature(sample)
    distances = {name: apart(seen, np.array(about["signature"])) for name, about in _weights.shipped().items()}
    closest = min(distances, key=lambda name: distances[name], default=None)
    return closest if closest is not None and distances[closest] <= SAME else None
