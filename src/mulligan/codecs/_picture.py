"""Opening one picture file that may be anything: too large, cut short, rotated, animated, or no picture at all."""

import functools
import io
import struct
import zlib

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from mulligan.errors import BadPicture

# The largest picture that is decoded: 64 megapixels is above every common camera and 256 MB as RGBA. A small file may
# claim far more ("decompression bomb"), so the claim is checked before any pixel is decoded.
PIXEL_LIMIT = 64 * 1024 * 1024

# What is read. Left out on purpose: formats that run other programs (EPS, WMF), and those without a signature (TGA).
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")

# What Pillow and its libraries raise on damaged files.
BROKEN: tuple[type[Exception], ...] = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, MemoryError)
BROKEN = (*BROKEN, ArithmeticError, AttributeError, struct.error, zlib.error)


def open_picture(content: bytes, name: str) -> tuple[Image.Image, list[str]]:
    """Decode the first frame of a picture, upright; return it with notes of what was done. BadPicture if unusable."""
    image = _header(content, name)
    notes: list[str] = []
    try:
        if image.format == "PNG":
            # Pillow does not compare the checksums of pixel data while it decodes.
            Image.open(io.BytesIO(content), formats=["PNG"]).verify()
        if getattr(image, "is_animated", False):
            pages = image.format in ("MPO", "TIFF")
            notes.append("first of several pictures in a file" if pages else "first frame of an animation")
        if image.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile[3]) for tile in image.tile):
            notes.append("16-bit to 8-bit")
        # Pillow turns TIFF files by itself while loading, so they are asked before; a PNG only knows after.
        rotated = image.format == "TIFF" and _is_rotated(image)
        image.load()
        rotated = rotated or _is_rotated(image)
        upright = ImageOps.exif_transpose(image) if rotated else image
    except BROKEN as error:
        raise BadPicture(f"{name} is damaged or cut short ({_short(error)}); expected a whole picture file.") from error
    return upright, [*notes, *(["EXIF rotation applied"] if rotated else [])]


def _header(content: bytes, name: str) -> ImageFile.ImageFile:
    """Read the header only, and refuse what is no picture or claims too many pixels."""
    if not content:
        raise BadPicture(f"{name} is empty; expected a picture file.")
    try:
        image = Image.open(io.BytesIO(content), formats=_readable())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(_too_large(name, "far more")) from error
    except UnidentifiedImageError as error:
        raise BadPicture(f"{name} is not a picture{_looks_like(content)}; expected {_accepted()}.") from error
    except BROKEN as error:
        raise BadPicture(f"{name} has a damaged header ({_short(error)}); expected a whole picture file.") from error
    width, height = image.size
    if width * height > PIXEL_LIMIT:
        raise BadPicture(_too_large(name, f"{width}x{height} = {width * height / 1e6:.0f} million"))
    if width * height == 0:
        raise BadPicture(f"{name} is {width}x{height} pixels; expected at least one pixel.")
    return image


@functools.cache
def _readable() -> tuple[str, ...]:
    """The formats that this build of Pillow can read (older ones have no AVIF)."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _too_large(name: str, claim: str) -> str:
    return (
        f"{name} claims {claim} pixels, more than the limit of {PIXEL_LIMIT / 1e6:.0f} million; "
        "make it smaller before training on it."
    )


def _is_rotated(image: Image.Image) -> bool:
    """Whether EXIF asks for a turn; damaged EXIF asks for none."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9)
    except BROKEN:
        return False


def _looks_like(content: bytes) -> str:
    """A hint at what the file is instead: the error page of a failed download is the usual case."""
    start = content[:512]
    if b"<html" in start.lower() or b"<!doctype html" in start.lower():
        return " but an HTML page (a failed download?)"
    if not any(start):
        return " but a run of zero bytes (an unfinished copy?)"
    return " but text" if all(9 <= byte < 127 for byte in start) else ""


def _accepted() -> str:
    return "PNG, JPEG, GIF, WebP, BMP, TIFF, PPM, JPEG 2000 or AVIF"


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:100].rstrip(".")
