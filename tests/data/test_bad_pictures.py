"""Bad pictures among good ones are skipped, counted and named; too many of them stop the start."""

import numpy as np
import pytest
from _pictures import FORMATS, WAYS, broken, encoded, picture, write

from mulligan.codecs import ImageCodec
from mulligan.data import open_source
from mulligan.errors import BadPicture, DataError

CODEC = ImageCodec(size=(8, 8), channels=3)


def mixed_folder(folder, good, bad):
    """Fill a folder with good pictures of all formats and bad ones of all ways, interleaved by name."""
    names = set()
    for index in range(good):
        form = FORMATS[index % len(FORMATS)]
        write(folder / f"{index * 37 % 1000:04d}-good.{form}", picture(index))
    for index in range(bad):
        suffix, content = broken(index % WAYS, index)
        name = f"{index * 19 % 1000:04d}-bad.{suffix}"
        (folder / name).write_bytes(content)
        names.add(name)
    return names


def test_fifty_broken_of_a_thousand_are_found_and_no_other(tmp_path):
    names = mixed_folder(tmp_path / "set", good=950, bad=50)
    seen = []
    source = open_source(tmp_path / "set", CODEC, cache=False, progress=lambda done, total: seen.append((done, total)))
    assert len(names) == 50 and len(source) == 950
    assert {name for name, _ in source.report.refused} == names
    assert all(name in reason for name, reason in source.report.refused)
    assert seen[-1] == (1000, 1000) and len(seen) == 1000
    assert any(line.startswith("refused 50 files") for line in source.report.lines())
    assert source.report.to_json()["refused_count"] == 50


@pytest.mark.parametrize("way", range(WAYS))
def test_each_way_of_breaking_has_a_sentence_with_the_name(way):
    suffix, content = broken(way)
    with pytest.raises(BadPicture) as caught:
        CODEC.picture(content, f"photo.{suffix}")
    sentence = str(caught.value)
    assert sentence.startswith(f"photo.{suffix} ") and "expected" in sentence and "\n" not in sentence


def test_no_flipped_byte_of_a_png_changes_the_picture_unnoticed():
    content = encoded(picture(3, 6, 6))
    expected, _ = CODEC.picture(content, "a.png")
    found = 0
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 0x04
        try:
            assert (CODEC.picture(bytes(flipped), "a.png")[0] == expected).all()
        except BadPicture:
            found += 1
    # Only in the end marker, where nothing is stored, a flip goes unnoticed.
    assert found == len(content) - 8


def test_hints_say_what_the_file_is_instead():
    for content, hint in ((b"<html>x", "HTML page"), (b"just words", "text"), (bytes(99), "zero bytes")):
        with pytest.raises(BadPicture, match=hint):
            CODEC.picture(content, "a.jpg")


def test_more_than_a_fifth_of_bad_pictures_is_refused_with_count_and_reasons(tmp_path):
    mixed_folder(tmp_path / "few", good=8, bad=2)
    assert len(open_source(tmp_path / "few", CODEC, cache=False)) == 8
    mixed_folder(tmp_path / "many", good=7, bad=2)
    with pytest.raises(
        DataError, match=r"2 of 9 pictures in many cannot be used, more than the 20% .*-bad\."
    ) as caught:
        open_source(tmp_path / "many", CODEC, cache=tmp_path / "cache")
    assert not isinstance(caught.value, BadPicture)
    assert not [path for path in (tmp_path / "cache").rglob("*") if "partial" in path.name]


def test_a_refused_test_split_is_named(tmp_path):
    mixed_folder(tmp_path / "set" / "train", good=8, bad=0)
    mixed_folder(tmp_path / "set" / "test", good=1, bad=2)
    assert len(open_source(tmp_path / "set", CODEC, cache=False)) == 8
    with pytest.raises(DataError, match=r"2 of 3 pictures in the test split of set cannot be used"):
        open_source(tmp_path / "set", CODEC, split="test", cache=False)


def test_mixed_sizes_are_all_listed_in_one_pass(tmp_path):
    place, cache = tmp_path / "set", tmp_path / "cache"
    for index in range(20):
        size = (16, 16) if index < 13 else (10 + index, 20)
        write(place / f"{index:02d}.png", picture(index, *size))
    report = open_source(place, ImageCodec(size=(16, 16)), cache=cache).report
    assert report.findings.differing == [(f"{index:02d}.png", f"20x{10 + index}") for index in range(13, 20)]
    text = "\n".join(report.lines())
    assert "13 are 16x16, 7 differ" in text and "13.png" in text and "--fit crop|pad|stretch" in text
    again = open_source(place, ImageCodec(size=(16, 16)), cache=cache).report
    assert again.to_json() == report.to_json() and again.to_json()["differing_count"] == 7


def test_conversions_are_counted(tmp_path):
    for index in range(6):
        write(tmp_path / f"{index}.png", picture(index)[..., : 3 if index < 4 else 1].squeeze())
    source = open_source(tmp_path, ImageCodec(size=(16, 16), channels=1), cache=False)
    assert source.report.findings.converted == {"color to grey": 4}
    assert source.read(np.array([5]))["real"].shape == (1, 16, 16, 1)
