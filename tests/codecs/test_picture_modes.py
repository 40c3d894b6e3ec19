"""Picture files of every mode with known content: what the codec makes of them, and what it says that it did."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mulligan.codecs import ImageCodec

HEIGHT, WIDTH = 24, 32
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
# Smooth, so that JPEG at its best quality keeps it to a fraction of a grey level; no symmetry, so that turns show.
COLOR = np.stack([60 + 4 * COLUMNS, 50 + 5 * ROWS, 200 - 3 * COLUMNS - 2 * ROWS], axis=-1).astype(np.uint8)
GREY = (40 + 3 * COLUMNS + 4 * ROWS).astype(np.uint8)
ALPHA = np.where(COLUMNS < 10, 0, np.where(COLUMNS < 20, 128, 255)).astype(np.uint8)
BITS = ((ROWS + COLUMNS) % 3 == 0).astype(np.uint8) * 255


def rgb(grey):
    return np.repeat(grey[..., None], 3, axis=2)


def over_white(color, alpha=ALPHA):
    weight = alpha[..., None] / 255.0
    return color * weight + 255.0 * (1 - weight)


def saved(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png(depth, color_type, rows):
    """A PNG written by hand, for depths that Pillow reads and does not write."""
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
    content = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color_type, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")):
        content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content


def turned(array, orientation):
    """Store ``array`` such that the EXIF orientation brings it back: the inverse of what a viewer does."""
    store = {2: np.fliplr, 3: lambda a: np.rot90(a, 2), 6: np.rot90, 8: lambda a: np.rot90(a, 3)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return Image.fromarray(np.ascontiguousarray(store(array))), exif


def palette():
    """A palette picture of at most 256 colors, and those colors per pixel."""
    image = Image.fromarray(COLOR).quantize(64)
    return image, np.asarray(image.convert("RGB"))


def palette_with_alpha():
    image, color = palette()
    alphas = bytes(range(0, 256, 4))
    alpha = np.frombuffer(alphas, np.uint8)[np.asarray(image)]
    return saved(image, "PNG", transparency=alphas), over_white(color, alpha)


def grey_with_key():
    """A grey PNG in which one grey level means "transparent"."""
    return saved(Image.fromarray(GREY), "PNG", transparency=70), rgb(np.where(GREY == 70, 255, GREY))


def cmyk():
    ink = np.dstack([255 - COLOR, np.full((HEIGHT, WIDTH), 30, np.uint8)])
    return Image.fromarray(ink, "CMYK"), COLOR * ((255 - 30) / 255)


def gif_with_key():
    """A GIF with one transparent palette entry."""
    image, color = palette()
    clear = np.asarray(image) == 5
    return saved(image, "GIF", transparency=5), np.where(clear[..., None], 255, color)


def animated(form, **options):
    return saved(
        Image.fromarray(COLOR), form, save_all=True, append_images=[Image.fromarray(255 - COLOR)] * 2, **options
    )


def cases():
    color, grey = Image.fromarray(COLOR), Image.fromarray(GREY)
    rgba = Image.fromarray(np.dstack([COLOR, ALPHA]))
    best = {"quality": 100, "subsampling": 0}
    wide = GREY.astype(np.uint16) * 257
    turn = "EXIF rotation applied"
    key = "transparency over white"
    yield "grey png", saved(grey, "PNG"), rgb(GREY), "grey to RGB"
    yield "grey with alpha", saved(Image.fromarray(np.dstack([GREY, ALPHA])), "PNG"), over_white(rgb(GREY)), key
    yield "rgb png", saved(color, "PNG"), COLOR, ""
    yield "rgba png", saved(rgba, "PNG"), over_white(COLOR), key
    yield "rgba webp", saved(rgba, "WEBP", lossless=True, exact=True), over_white(COLOR), key
    yield "palette png", saved(palette()[0], "PNG"), palette()[1], "palette to RGB"
    yield "palette with alpha", *palette_with_alpha(), key
    yield "grey with a transparent level", *grey_with_key(), key
    yield "1-bit png", saved(Image.fromarray(BITS).convert("1"), "PNG"), rgb(BITS), "1-bit to 8-bit"
    yield "16-bit grey png", saved(Image.fromarray(wide), "PNG"), rgb(GREY), "16-bit to 8-bit"
    yield "16-bit rgb png", png(16, 2, COLOR.astype(np.uint16) * 257), COLOR, "16-bit to 8-bit"
    yield "16-bit grey tiff", saved(Image.fromarray(wide), "TIFF"), rgb(GREY), "16-bit to 8-bit"
    yield "32-bit tiff", saved(Image.fromarray(wide.astype(np.int32)), "TIFF"), rgb(GREY), "32-bit to 8-bit"
    yield "float tiff to 1", saved(Image.fromarray(GREY / np.float32(255)), "TIFF"), rgb(GREY), "float to 8-bit"
    yield "float tiff to 255", saved(Image.fromarray(GREY.astype(np.float32)), "TIFF"), rgb(GREY), "float to 8-bit"
    yield "cmyk tiff", saved(cmyk()[0], "TIFF"), cmyk()[1], "CMYK to RGB"
    yield "cmyk jpeg", saved(cmyk()[0], "JPEG", **best), cmyk()[1], "CMYK to RGB"
    yield "rgb jpeg", saved(color, "JPEG", **best), COLOR, ""
    yield "grey jpeg", saved(grey, "JPEG", quality=100), rgb(GREY), "grey to RGB"
    for orientation, form, options in (
        (6, "JPEG", best),
        (2, "PNG", {}),
        (8, "TIFF", {}),
        (3, "WEBP", {"lossless": True}),
    ):
        image, exif = turned(COLOR, orientation)
        yield f"turned {form}", saved(image, form, exif=exif, **options), COLOR, turn
    yield "animated webp", animated("WEBP", lossless=True), COLOR, "first frame of an animation"
    yield "animated png", animated("PNG"), COLOR, "first frame of an animation"
    yield "two-page tiff", animated("TIFF"), COLOR, "first of several pictures in a file"
    yield "gif with transparency", *gif_with_key(), key
    yield "bmp", saved(color, "BMP"), COLOR, ""
    yield "ppm", saved(color, "PPM"), COLOR, ""


@pytest.mark.parametrize(("name", "content", "expected", "note"), [pytest.param(*case, id=case[0]) for case in cases()])
def test_known_content_is_read_to_within_one_grey_level(name, content, expected, note):
    raw, notes = ImageCodec(size=(HEIGHT, WIDTH), channels=3).picture(content, name)
    assert raw.shape == (HEIGHT, WIDTH, 3) and raw.dtype == np.uint8
    assert np.abs(raw - np.asarray(expected, float)).mean() <= 1
    assert note in notes if note else notes == ()


def test_an_animated_gif_gives_its_first_frame():
    frames = [Image.fromarray(color).quantize(64) for color in (COLOR, 255 - COLOR)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    raw, notes = ImageCodec(size=(HEIGHT, WIDTH), channels=3).picture(content, "a.gif")
    assert (raw == np.asarray(frames[0].convert("RGB"))).all() and "first frame of an animation" in notes


def test_sixteen_bits_are_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    raw, _ = ImageCodec(size=(16, 16), channels=1).picture(saved(Image.fromarray(ramp), "PNG"), "ramp.png")
    assert (np.diff(raw.ravel().astype(int)) >= 0).all() and len(np.unique(raw)) == 256


def test_the_color_hidden_under_transparency_never_shows():
    hidden = np.dstack([np.full((8, 8, 3), (255, 0, 0), np.uint8), np.zeros((8, 8, 1), np.uint8)])
    content = saved(Image.fromarray(hidden), "PNG")
    assert (ImageCodec(size=(8, 8), channels=3).picture(content, "a.png")[0] == 255).all()
    assert (ImageCodec(size=(8, 8), channels=1, background="black").picture(content, "a.png")[0] == 0).all()
    raw, _ = ImageCodec(size=(8, 8), channels=4, background="lime").picture(content, "a.png")
    assert (raw == (0, 255, 0, 0)).all()
