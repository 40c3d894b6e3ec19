"""How files become arrays and samples become files again; saved with the model, which then needs no flags."""

from mulligan.codecs._provenance import Provenance
from mulligan.codecs._write import enlarge, grid, picture, png_bytes, save_npz, save_png
from mulligan.codecs.image import ImageCodec
from mulligan.codecs.points import PointsCodec

__all__ = [
    "ImageCodec",
    "PointsCodec",
    "Provenance",
    "enlarge",
    "grid",
    "picture",
    "png_bytes",
    "save_npz",
    "save_png",
]
