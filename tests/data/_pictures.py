"""Real picture files for the tests of this folder: whole ones in several formats, and twelve ways to break one."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

FORMATS = ("png", "jpg", "gif", "webp", "bmp", "tif")
PILLOW = {"jpg": "JPEG", "tif": "TIFF"}


def picture(seed=0, height=16, width=16):
    """A picture that is different for every seed and has enough detail not to shrink to nothing."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(array, form="png", **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, PILLOW.get(form, form.upper()), **options)
    return buffer.getvalue()


def write(path, array=None, form=None, **options):
    """Write a picture file, its folder included, and return its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture() if array is None else array, form or path.suffix[1:], **options))
    return path


def broken(way, seed=0):
    """(suffix, content) of a file that is broken in one of the twelve ways, 0 to 11."""
    array = picture(seed)
    png = encoded(array)
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 0x10
    header = b"IHDR" + struct.pack(">II", 0, 16) + png[24:29]
    no_width = png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
    ways = [
        ("png", b""),
        ("jpg", bytes(600)),
        ("png", b"This is a note about the picture, not the picture.\n" * 4),
        ("jpg", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
        ("png", png[: len(png) // 2]),
        ("jpg", encoded(array, "jpg")[:-200]),
        ("gif", encoded(array, "gif")[:-100]),
        ("webp", encoded(array, "webp", lossless=True)[:-100]),
        ("tif", encoded(array, "tif")[:-100]),
        ("png", bytes(flipped)),
        ("png", no_width),
        ("jpg", np.random.default_rng(seed).bytes(500)),
    ]
    return ways[way]


WAYS = 12
