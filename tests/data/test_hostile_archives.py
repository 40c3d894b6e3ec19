"""Archives from strangers: nothing leaves the archive, nothing hangs, good pictures are still read."""

import io
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from _pictures import encoded, picture

from mulligan.codecs import ImageCodec
from mulligan.data import open_source
from mulligan.errors import DataError

CODEC = ImageCodec(size=(8, 8))
GOOD = 8
PNG_START = encoded(picture())[:100]


def zipped(place, *members, **options):
    """A zip of eight good pictures and the given (name or ZipInfo, content) members."""
    with zipfile.ZipFile(place, "w", **options) as archive:
        for index in range(GOOD):
            archive.writestr(f"good/{index}.png", encoded(picture(index)))
        for name, content in members:
            archive.writestr(name, content)


def tarred(place, *members, mode="w"):
    """A tar of eight good pictures and the given TarInfo members (with content where they are files)."""
    with tarfile.open(place, mode) as archive:
        for index in range(GOOD):
            content = encoded(picture(index))
            info = tarfile.TarInfo(f"good/{index}.png")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def tar_link(kind, target):
    info = tarfile.TarInfo("link.png")
    info.type, info.linkname = kind, target
    return info


def zip_link():
    info = zipfile.ZipInfo("link.png")
    info.external_attr = 0o120777 << 16
    return info


def nested_bomb():
    """A zip of ten zips of ten megabytes of zeros each."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.png", bytes(10_000_000))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        for index in range(10):
            archive.writestr(f"{index}.zip", inner.getvalue())
    return outer.getvalue()


def backwards(place):
    """A tar whose third header has a negative size, so that the next header would be an earlier one."""
    tarred(place)
    content = bytearray(place.read_bytes())
    position = content.index(b"good/2.png")
    content[position + 124 : position + 136] = b"\xff" * 4 + struct.pack(">q", -2048)
    content[position + 148 : position + 156] = b" " * 8
    content[position + 148 : position + 156] = b"%06o\0 " % sum(content[position : position + 512])
    place.write_bytes(content)


def encrypted(place):
    zipped(place, ("secret.png", encoded(picture())))
    content = bytearray(place.read_bytes())
    position = content.rindex(b"PK\x01\x02")
    content[position + 8] |= 1
    place.write_bytes(content)


DEFLATED = {"compression": zipfile.ZIP_DEFLATED}
CLIMB = (tarfile.TarInfo("../outside.png"), encoded(picture()))
ABSOLUTE = (tarfile.TarInfo("/tmp/mulligan-outside.png"), encoded(picture()))

# name -> (maker, words that the one refusal contains)
REFUSED = {
    "climbs.zip": (lambda p: zipped(p, ("../outside.png", encoded(picture()))), "climbs out"),
    "backslash.zip": (lambda p: zipped(p, ("a\\..\\..\\outside.png", encoded(picture()))), "climbs out"),
    "absolute.zip": (lambda p: zipped(p, ("/tmp/mulligan-outside.png", encoded(picture()))), "absolute path"),
    "drive.zip": (lambda p: zipped(p, ("C:/outside.png", encoded(picture()))), "absolute path"),
    "link.zip": (lambda p: zipped(p, (zip_link(), "/etc/passwd")), "is a link"),
    "zeros.zip": (lambda p: zipped(p, ("zeros.png", bytes(90_000_000)), **DEFLATED), "unpacks from"),
    "signed.zip": (lambda p: zipped(p, ("big.png", PNG_START + bytes(90_000_000)), **DEFLATED), "unpacks from"),
    "encrypted.zip": (encrypted, "encrypted"),
    "climbs.tar": (lambda p: tarred(p, CLIMB), "climbs out"),
    "absolute.tgz": (lambda p: tarred(p, ABSOLUTE, mode="w:gz"), "absolute path"),
    "symbolic.tar": (lambda p: tarred(p, (tar_link(tarfile.SYMTYPE, "/etc/passwd"), b"")), "is a link or a device"),
    "hard.tar.xz": (lambda p: tarred(p, (tar_link(tarfile.LNKTYPE, "good/0.png"), b""), mode="w:xz"), "is a link"),
    "pipe.tar": (lambda p: tarred(p, (tar_link(tarfile.FIFOTYPE, ""), b"")), "is a link or a device"),
}


def snapshot(folder):
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_member_is_refused_by_name_and_the_rest_is_read(name, tmp_path, monkeypatch):
    make, words = REFUSED[name]
    (tmp_path / "deep" / "down").mkdir(parents=True)
    place = tmp_path / "deep" / "down" / name
    make(place)
    monkeypatch.chdir(tmp_path / "deep" / "down")
    before, start = snapshot(tmp_path), time.monotonic()
    source = open_source(place, CODEC, cache=False)
    assert time.monotonic() - start < 5
    assert snapshot(tmp_path) == before and not Path("/tmp/mulligan-outside.png").exists()
    assert len(source) == GOOD and len(source.report.refused) == 1 and words in source.report.refused[0][1]
    expected = np.stack([CODEC.resize(picture(seed)[None])[0] for seed in range(GOOD)])
    assert (source.read(np.arange(GOOD))["real"] == expected).all()


def test_archives_within_archives_are_left_out(tmp_path):
    zipped(tmp_path / "nested.zip", ("inner.zip", nested_bomb()))
    start = time.monotonic()
    source = open_source(tmp_path / "nested.zip", CODEC, cache=False)
    assert len(source) == GOOD and source.report.left_out == {".zip": 1} and time.monotonic() - start < 5


ZEROS = (tarfile.TarInfo("zeros.png"), bytes(80_000_000))


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("bomb.tar.gz", lambda p: tarred(p, ZEROS, mode="w:gz"), "unpacks to more than 67 MB, 100 times its size"),
        ("bomb.tar.xz", lambda p: tarred(p, ZEROS, mode="w:xz"), "unpacks to more than 67 MB"),
        ("backwards.tar", backwards, "damaged or cut short"),
    ],
)
def test_a_hostile_archive_is_refused_as_a_whole(name, make, words, tmp_path):
    make(tmp_path / name)
    start = time.monotonic()
    with pytest.raises(DataError, match=words):
        open_source(tmp_path / name, CODEC, cache=False)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("name", ["cut.zip", "cut.tar", "cut.tar.gz"])
def test_archives_cut_short_get_a_sentence(name, tmp_path):
    place = tmp_path / name
    zipped(place) if name.endswith("zip") else tarred(place, mode="w:gz" if name.endswith("gz") else "w")
    place.write_bytes(place.read_bytes()[:-9000] if name == "cut.tar" else place.read_bytes()[:-300])
    with pytest.raises(DataError, match="cut short"):
        open_source(place, CODEC, cache=False)
