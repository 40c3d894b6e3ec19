"""Generated files say so, in a way that others can read, and are whole or not there."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from mulligan.codecs._provenance import GENERATED, Provenance, read_provenance
from mulligan.codecs._write import default_columns, enlarge, grid, png_bytes, save_npz, save_png
from mulligan.errors import DataError, RunError

MADE_BY = Provenance(model="digits-r3gan", model_hash="ab" * 32, seed=7, index=3)


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """The first 64 digits of scikit-learn as raw pictures [64, 8, 8, 1]."""
    return (load_digits().images[:64] * 255 / 16).astype(np.uint8)[..., None]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_has_the_pixels_and_says_how_it_was_made(tmp_path, digits, channels):
    raw = digits[0].repeat(channels, axis=2)
    path = save_png(tmp_path / "000003.png", raw, MADE_BY)
    read = Image.open(path)
    assert np.array_equal(np.asarray(read).reshape(raw.shape), raw)
    assert read_provenance(path) == {
        "digital_source_type": GENERATED,
        "software": MADE_BY.software,
        "model": "digits-r3gan",
        "model_hash": "ab" * 32,
        "seed": 7,
        "index": 3,
    }


def test_other_programs_find_the_mark_where_they_look_for_it(tmp_path, digits):
    read = Image.open(save_png(tmp_path / "a.png", digits[0], MADE_BY))
    description = ElementTree.fromstring(read.info["xmp"])[0][0].attrib
    assert description["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == GENERATED
    assert description["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemUsed"] == "Mulligan"
    assert read.text["Software"].startswith("Mulligan ")
    assert {"Model", "Model hash", "Seed", "Index"} <= read.text.keys()


def test_marking_is_turned_off_by_giving_none(tmp_path, digits):
    path = save_png(tmp_path / "a.png", digits[0], None)
    assert read_provenance(path) is None
    assert Image.open(path).info == {}


def test_what_is_not_known_is_left_out_and_zero_is_known(tmp_path, digits):
    facts = read_provenance(save_png(tmp_path / "a.png", digits[0], Provenance(model="m", seed=0)))
    assert (facts["seed"], facts["index"], facts["model_hash"]) == (0, None, None)


@pytest.mark.parametrize("model", ["/home/anna/runs/faces", "C:\\Users\\anna\\runs\\faces", "../anna/faces/", "faces"])
def test_no_folder_and_no_user_name_leaves_the_machine(digits, model):
    content = png_bytes(digits[0], Provenance(model=model))
    assert b"faces" in content
    assert b"anna" not in content


@pytest.mark.parametrize("model", ['"><script>&amp;', "名前", "a\x00\x08b\nc", "]]>", ""])
def test_any_name_of_a_model_can_be_written_and_read(tmp_path, digits, model):
    facts = read_provenance(save_png(tmp_path / "a.png", digits[0], Provenance(model=model)))
    assert (facts["model"] or "") == "".join(c for c in model if c.isprintable())


def test_a_mark_of_another_program_is_read_and_a_hostile_one_is_not_a_danger(tmp_path):
    other = tmp_path / "other.jpg"
    element = f"<i:DigitalSourceType>{GENERATED}</i:DigitalSourceType>"
    other.write_bytes(
        b"\xff\xd8 <x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        b"xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>"
        b"<rdf:Description>" + element.encode() + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    assert read_provenance(other)["digital_source_type"] == GENERATED
    broken = tmp_path / "broken.png"
    broken.write_bytes(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x:xmpmeta>&a;</x:xmpmeta>' + b"<x:xmpmeta" * 500_000)
    assert read_provenance(broken) is None


def test_a_picture_that_cannot_be_written_gets_a_sentence_and_leaves_nothing(tmp_path, digits):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"a\.png cannot be written .*--out"):
        save_png(tmp_path / "file" / "a.png", digits[0], None)
    (tmp_path / "b.png").mkdir()
    with pytest.raises(RunError, match=r"b\.png cannot be written"):
        save_png(tmp_path / "b.png", digits[0], None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.png", "file"]


def test_a_grid_enlarges_tiny_pictures_and_keeps_their_order(digits):
    sheet = grid(digits, gap=2)
    assert sheet.shape == (8 * 48 + 7 * 2, 8 * 48 + 7 * 2, 1)
    second = sheet[0:48, 50:98].reshape(8, 6, 8, 6, 1).mean((1, 3))
    # Enlarged smoothly: the pixels' places are kept, to a few grey levels.
    assert np.abs(second - digits[1]).mean() < 12
    assert np.abs(second - digits[2]).mean() > 40
    assert (sheet[48:50] == 255).all()


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (7, 3), (10, 5), (11, 4), (36, 6), (64, 8), (100, 10)])
def test_a_grid_is_nearly_square_and_its_rows_are_full_where_they_can_be(count, columns):
    assert default_columns(count) == columns


def test_unfilled_places_of_a_grid_are_white_and_other_shapes_are_fine():
    sheet = grid(np.zeros((3, 64, 100, 3), np.uint8), columns=2, gap=0)
    assert sheet.shape == (128, 200, 3)
    assert (sheet[64:, 100:] == 255).all() and (sheet[64:, :100] == 0).all()
    assert enlarge(np.zeros((5, 64, 1), np.uint8)).shape == (5, 64, 1)


def test_arrays_are_saved_with_labels_and_provenance_and_without_pickle(tmp_path, digits):
    path = save_npz(tmp_path / "samples.npz", digits, MADE_BY, labels=np.arange(64))
    with np.load(path, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["images"], digits)
        assert np.array_equal(arrays["labels"], np.arange(64))
        assert json.loads(str(arrays["provenance"]))["model"] == "digits-r3gan"


@pytest.mark.parametrize(("shape", "kind"), [((4, 4, 3), np.float32), ((4, 4), np.uint8), ((4, 4, 2), np.uint8)])
def test_what_is_no_picture_gets_a_sentence_and_leaves_no_file(tmp_path, shape, kind):
    with pytest.raises(DataError, match=r"a picture to be written is .*; expected uint8 of 0 to 255, \[height, width"):
        save_png(tmp_path / "a.png", np.zeros(shape, kind), None)
    assert not list(tmp_path.iterdir())
