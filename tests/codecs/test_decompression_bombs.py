"""Small files that claim an enormous picture are refused before a pixel of them is decoded."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from mulligan.codecs import ImageCodec
from mulligan.codecs._picture import PIXEL_LIMIT
from mulligan.errors import BadPicture

SIDE = 9000  # 81 million pixels, above the limit of 67 million and below the point where Pillow itself refuses


def saved(form, mode="L", **options):
    """A real bomb: one color, so that it packs to almost nothing."""
    buffer = io.BytesIO()
    Image.new(mode, (SIDE, SIDE)).save(buffer, form, **options)
    return buffer.getvalue()


def png_claim(width, height):
    """A header and a first piece of pixels, of four bytes each."""
    content = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000)))):
        content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content


def gif_claim():
    """A tiny screen whose first frame is enormous."""
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 65535, 65535) + b"\0\x02\x01\x00\x00\x3b"
    return b"GIF89a" + struct.pack("<HH", 8, 8) + b"\x80\0\0" + bytes(6) + frame


def webp(extended):
    """What an encoder makes of 16000x16000 black pixels, in a plain and in an extended file."""
    pixels = bytes.fromhex("2f7ffe9f0f071011fd0f4444ff03")
    flags = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16000 - 1).to_bytes(3, "little") * 2 if extended else b""
    body = b"WEBP" + flags + b"VP8L" + struct.pack("<I", len(pixels)) + pixels
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_claim():
    entries = [(256, 4, 100_000), (257, 4, 100_000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (279, 4, 64)]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + directory + bytes(4)


BOMBS = {
    "grey.png": lambda: saved("PNG"),
    "bits.png": lambda: saved("PNG", "1"),
    "claim.png": lambda: png_claim(200_000, 200_000),
    "strip.png": lambda: png_claim(2**31 - 1, 1),
    "plain.gif": lambda: saved("GIF"),
    "frame.gif": gif_claim,
    "lossless.webp": lambda: webp(extended=False),
    "extended.webp": lambda: webp(extended=True),
    "fax.tif": lambda: saved("TIFF", "1", compression="group4"),
    "packed.tif": lambda: saved("TIFF", compression="tiff_deflate"),
    "claim.tif": tiff_claim,
}

# A process of its own, because the peak of this one is the making of the bombs.
READ_ALL = """
import re, sys
from pathlib import Path
from mulligan.codecs import ImageCodec
from mulligan.errors import BadPicture
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        ImageCodec(size=(8, 8)).picture(path.read_bytes(), path.name)
        print(path.name, "was decoded")
    except BadPicture as error:
        print(error)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
def test_eleven_bombs_are_refused_in_little_memory(tmp_path):
    for name, make in BOMBS.items():
        content = make()
        assert len(content) < 250_000
        (tmp_path / name).write_bytes(content)
    result = subprocess.run([sys.executable, "-c", READ_ALL, tmp_path], capture_output=True, text=True, check=True)
    *refusals, peak = result.stdout.splitlines()
    assert len(refusals) == len(BOMBS)
    for name, refusal in zip(sorted(BOMBS), refusals, strict=True):
        assert refusal.startswith(name) and "limit of 67 million" in refusal
    assert int(peak) < 200 * 1024


def test_the_largest_accepted_picture_is_decoded():
    buffer = io.BytesIO()
    Image.new("1", (PIXEL_LIMIT // 4096, 4096)).save(buffer, "PNG")
    assert ImageCodec(size=(4, 4), channels=1).picture(buffer.getvalue(), "a.png")[0].shape == (4, 4, 1)
    buffer = io.BytesIO()
    Image.new("1", (PIXEL_LIMIT // 4096 + 1, 4096)).save(buffer, "PNG")
    with pytest.raises(BadPicture, match=r"a\.png claims 16385x4096 = 67 million pixels"):
        ImageCodec(size=(4, 4), channels=1).picture(buffer.getvalue(), "a.png")
