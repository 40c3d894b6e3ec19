"""The picture codec beside file modes: sizes, fits, ranges, and its own checks."""

import io

import numpy as np
import pytest
from PIL import Image

from mulligan.codecs import ImageCodec, PointsCodec
from mulligan.errors import BadPicture, DataError, RecipeError


def png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def stripes(height, width):
    """A red left half and a blue right half."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2] = (255, 0, 0)
    picture[:, width // 2 :] = (0, 0, 255)
    return picture


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("source", [(1, 1), (1, 97), (301, 7), (33, 31), (16, 16)])
def test_any_size_becomes_the_asked_size(fit, channels, source):
    codec = ImageCodec(size=(16, 24), channels=channels, fit=fit)
    raw, _ = codec.picture(png(stripes(*source)), "a.png")
    assert raw.shape == codec.shape == (16, 24, channels) and raw.dtype == np.uint8


def test_crop_cuts_the_middle_pad_keeps_all_and_stretch_fills():
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 200  # the middle third is bright
    crop, _ = ImageCodec(size=(10, 10), fit="crop").picture(png(wide), "a.png")
    assert (crop == 200).all()
    pad, notes = ImageCodec(size=(30, 30), fit="pad", background="red").picture(png(wide), "a.png")
    assert (pad[:10] == (255, 0, 0)).all() and (pad[20:] == (255, 0, 0)).all() and (pad[10:20] == wide).all()
    assert notes == ("enlarged", "padded")
    stretch, _ = ImageCodec(size=(10, 10), fit="stretch").picture(png(wide), "a.png")
    assert stretch[5, 0].max() < 20 and stretch[5, 5].min() > 180 and stretch[5, 9].max() < 20


def test_padding_of_four_channels_is_transparent():
    raw, _ = ImageCodec(size=(8, 8), channels=4, fit="pad").picture(png(stripes(4, 8)), "a.png")
    assert (raw[:2, :, 3] == 0).all() and (raw[2:6, :, 3] == 255).all()


def test_making_smaller_is_antialiased():
    fine = np.tile(np.array([[0, 255]], np.uint8), (64, 32))  # stripes of one pixel
    raw, _ = ImageCodec(size=(8, 8), channels=1).picture(png(fine), "a.png")
    assert np.abs(raw[:, 1:-1].astype(int) - 127).max() < 12


def test_arrays_follow_the_same_rules_as_files():
    rng = np.random.default_rng(0)
    for c0 in (1, 3, 4):
        raw = rng.integers(0, 256, (5, 12, 9, c0), dtype=np.uint8)
        for channels in (1, 3, 4):
            codec = ImageCodec(size=(8, 8), channels=channels, background="teal")
            files = [codec.picture(png(picture.squeeze()), "a.png")[0] for picture in raw]
            assert (codec.resize(raw) == np.stack(files)).all()


def test_an_array_that_fits_is_not_copied():
    raw = np.zeros((2, 8, 8, 3), np.uint8)
    assert ImageCodec(size=(8, 8)).resize(raw) is raw
    with pytest.raises(DataError, match="expected uint8 pictures"):
        ImageCodec(size=(8, 8)).resize(raw.astype(float))


def test_raw_values_survive_the_way_to_tensors_and_back():
    codec = ImageCodec(size=(16, 16), channels=1)
    raw = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    floats = codec.to_float(raw)
    assert floats.dtype == np.float32 and floats.min() == -1 and floats.max() == 1
    assert (codec.to_raw(floats) == raw).all()
    assert codec.to_raw(np.array([-7.0, 7.0])).tolist() == [0, 255]


def test_a_codec_read_back_from_lists_equals_the_saved_one():
    codec = ImageCodec(size=(8, 8), class_names=("a", "b"), class_counts=(1, 2))
    assert ImageCodec(size=[8, 8], class_names=["a", "b"], class_counts=[1, 2]) == codec
    assert hash(codec) == hash(ImageCodec(size=[8, 8], class_names=["a", "b"], class_counts=[1, 2]))


def test_class_names_do_not_change_what_is_decoded():
    assert ImageCodec(size=(8, 8), class_names=("a",)).decoding == ImageCodec(size=(8, 8)).decoding
    assert ImageCodec(size=(8, 8), background="#ffffff").decoding == ImageCodec(size=(8, 8)).decoding
    assert ImageCodec(size=(8, 8), fit="pad").decoding != ImageCodec(size=(8, 8)).decoding


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"size": (0, 8)}, "expected a height and a width"),
        ({"channels": 2}, r"expected 1 \(grey\), 3 \(RGB\) or 4 \(RGBA\)"),
        ({"fit": "croop"}, "Did you mean 'crop'"),
        ({"background": "wite"}, "Did you mean 'white'"),
    ],
)
def test_wrong_numbers_get_a_sentence(numbers, sentence):
    with pytest.raises(RecipeError, match=sentence):
        ImageCodec(**{"size": (8, 8), **numbers})


def test_values_of_unknown_range_are_refused():
    for values in (np.full((4, 4), 70000, np.int32), np.full((4, 4), np.nan, np.float32)):
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "TIFF")
        with pytest.raises(BadPicture, match=r"a\.tif holds .*; expected 0 to"):
            ImageCodec(size=(4, 4)).picture(buffer.getvalue(), "a.tif")


def test_points_check_their_width_and_keep_their_values():
    codec = PointsCodec(dimensions=2, scale=0.5, offset=1.0)
    raw = codec.resize(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert raw.dtype == np.float32 and codec.shape == (2,)
    assert np.allclose(codec.to_raw(codec.to_float(raw)), raw)
    with pytest.raises(DataError, match=r"PointsCodec\(dimensions=3\)"):
        codec.resize(np.zeros((4, 3)))
    with pytest.raises(RecipeError, match="expected 1 or more"):
        PointsCodec(dimensions=0)
