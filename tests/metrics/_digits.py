"""The real digits as tests of measures use them: pictures, labels, features of the shipped classifier."""

import numpy as np

from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source
from mulligan.metrics import Features, open_extractor


def digits(split):
    """Pictures [n, 8, 8, 1] and labels of one half."""
    source = open_source("digits", ImageCodec((8, 8), 1), split=split, cache=False)
    found = source.read(np.arange(len(source)))
    return found["real"], found["label"]


def seen(raw):
    """All that the shipped classifier says of pictures, and they themselves."""
    return open_extractor("classifier-digits")(raw)._replace(raw=raw)


def pixels(raw):
    """Pictures as their own features."""
    return Features(raw.reshape(len(raw), -1).astype(np.float64))
