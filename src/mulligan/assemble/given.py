"""Samples that are there already, to be scored as they are."""

from typing import Any

from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.errors import DataError


def given_pictures(where: str) -> tuple[Any, ImageCodec]:
    """Pictures to be scored, brought to the size and channels that most of them have; DataError where it is none."""
    found = data.survey(where)
    if found.is_points:
        raise DataError(f"{where} holds points; expected pictures, a run or a model file")
    height, width = found.size
    codec = ImageCodec(size=(height, width), channels=found.channels)
    return data.open_source(where, codec, split="all"), codec
