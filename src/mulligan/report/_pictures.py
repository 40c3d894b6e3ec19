"""Sample grids as data URIs, few and small enough for a page that can be mailed."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

SHOWN = 12  # grids on the time line
# Of the one at the top and of each on the time line: together under 4.2 MB in base64.
BYTES = {"large": 800_000, "small": 190_000}
PIXELS = 40_000_000  # no sheet of samples is as large; what claims to be is not decoded
REDUCTIONS = ((1280, 86), (800, 80), (400, 65))  # longest side and WebP quality, tried in turn


@dataclass(frozen=True)
class Picture:
    """One sample grid, ready for the page."""

    images: int
    uri: str
    width: int
    height: int


def evenly(samples: Sequence[tuple[int, Path]], count: int = SHOWN) -> list[tuple[int, Path]]:
    """At most ``count`` samples, the first and the last among them, at even distances."""
    if len(samples) <= count:
        return list(samples)
    return [samples[round(index * (len(samples) - 1) / (count - 1))] for index in range(count)]


def load(images: int, path: Path, size: str) -> Picture | None:
    """The picture for its place on the page, recompressed where it is too big; None when the file is damaged."""
    try:
        return embedded(images, path.read_bytes(), size)
    except OSError:
        return None


def embedded(images: int, content: bytes, size: str) -> Picture | None:
    """The same for the content of a PNG file."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format != "PNG" or picture.width * picture.height > PIXELS:
                return None
            picture.load()
            content, kind = _reduced(picture, BYTES[size]) if len(content) > BYTES[size] else (content, "png")
            return Picture(images, f"data:image/{kind};base64,{base64.b64encode(content).decode()}", *picture.size)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _reduced(picture: Image.Image, most: int) -> tuple[bytes, str]:
    """The largest WebP that is small enough; what the picture says of its making stays with it."""
    mark = {"xmp": picture.info["xmp"]} if "xmp" in picture.info else {}
    colors = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    content = b""
    for side, quality in REDUCTIONS:
        smaller = colors.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        smaller.save(file, "WEBP", quality=quality, **mark)
        content = file.getvalue()
        if len(content) <= most:
            break
    return content, "webp"
