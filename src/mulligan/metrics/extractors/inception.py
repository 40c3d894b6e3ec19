"""InceptionV3 of 2015 (Szegedy et al. 2015), the network of published Frechet distances: where its weights are.

They cannot be shipped and are never downloaded unasked: ``weights/inception.md`` says how to get them.
"""

import os
from pathlib import Path

from mulligan.errors import ModelFileError
from mulligan.metrics.extractors._fetch import cache_folder, fetch

FILE = "inception-2015-12-05.safetensors"
LINK = "MULLIGAN_INCEPTION"


def place() -> Path:
    """Where the weights are looked for."""
    return cache_folder() / FILE


def at_hand() -> bool:
    """Whether the weights are in the cache, or a link says where they may be downloaded."""
    return place().is_file() or bool(os.environ.get(LINK))


def weights() -> Path:
    """The weights file, downloaded if a link is set; ModelFileError when there is neither a file nor a link."""
    if place().is_file():
        return place()
    if link := os.environ.get(LINK):
        return fetch(link, place())
    raise ModelFileError(
        f"the InceptionV3 weights are not at {place()}; put them there, or set {LINK}=URL#sha256=HEX to download them "
        "(inception.md in mulligan/metrics/extractors/weights says how they are made), or type --extractor random_conv"
    )
