"""Samples that are there already, to be scored as they are."""

from typing import Any

from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec


def given_samples(where: str) -> tuple[Any, Any]:
    """Samples to be scored and their codec: points, or pictures of the size and channels that most of them have."""
    found = data.survey(where)
    if found.is_points:
        codec: Any = PointsCodec(dimensions=found.size[0])
    else:
        codec = ImageCodec(size=(found.size[0], found.size[1]), channels=found.channels)
    return data.open_source(where, codec, split="all"), codec
