"""Folders of pictures: what counts as a picture, classes, splits, and sets of nothing or of one."""

import os
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
from _pictures import encoded, picture, write

from mulligan.codecs import ImageCodec, PointsCodec
from mulligan.data import open_source, survey
from mulligan.errors import DataError

CODEC = ImageCodec(size=(16, 16))


def opened(place, **options):
    return open_source(place, CODEC, **{"cache": False, **options})


def test_files_are_found_by_content_and_read_in_the_order_of_names(tmp_path):
    write(tmp_path / "b" / "c" / "2.png", picture(2))
    write(tmp_path / "1.png", picture(1))
    (tmp_path / "3-without-suffix").write_bytes(encoded(picture(3)))
    (tmp_path / "4.jpg_large").write_bytes(encoded(picture(4)))
    for other in ("notes.txt", "list.csv", ".DS_Store", "b/._2.png", "__MACOSX/1.png"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_bytes(b"words, not pixels")
    source = opened(tmp_path)
    expected = np.stack([picture(seed) for seed in (1, 3, 4, 2)])
    assert (source.read(np.arange(4))["real"] == expected).all()
    assert source.report.left_out == {".txt": 1, ".csv": 1} and not source.report.refused
    assert (source.read(np.array([3, 0, 3]))["real"] == expected[[3, 0, 3]]).all()


def test_first_level_folders_are_classes_when_every_picture_is_in_one(tmp_path):
    for index, name in enumerate(("cats/1", "cats/old/2", "dogs/3")):
        write(tmp_path / f"{name}.png", picture(index))
    source = opened(tmp_path)
    assert source.class_names == ("cats", "dogs") and source.class_counts == (2, 1)
    batch = source.read(np.array([2, 0]))
    assert batch["label"].tolist() == [1, 0] and batch["label"].dtype == np.int64
    assert survey(tmp_path).class_names == ("cats", "dogs")
    write(tmp_path / "loose.png")
    assert opened(tmp_path).class_names == () and "label" not in opened(tmp_path).read(np.array([0]))


def test_one_folder_around_everything_is_no_class(tmp_path):
    for index in range(2):
        write(tmp_path / "all" / f"{index}.png", picture(index))
    assert opened(tmp_path).class_names == ()


def test_labels_stay_with_their_pictures_when_bad_ones_are_skipped(tmp_path):
    for index in range(10):
        write(tmp_path / ("even" if index % 2 == 0 else "odd") / f"{index}.png", np.full((16, 16, 3), index, np.uint8))
    (tmp_path / "even" / "1-broken.png").write_bytes(b"")
    source = opened(tmp_path)
    batch = source.read(np.arange(10))
    assert (batch["real"][:, 0, 0, 0] % 2 == batch["label"]).all() and source.class_counts == (5, 5)


def test_folders_named_like_splits_are_splits_and_not_classes(tmp_path):
    for split, count in (("train", 3), ("val", 2)):
        for label in ("a", "b"):
            for index in range(count):
                write(tmp_path / split / label / f"{index}.png", picture(index))
    counts = {split: len(opened(tmp_path, split=split)) for split in ("train", "test", "all")}
    assert counts == {"train": 6, "test": 4, "all": 10}
    assert opened(tmp_path).class_names == ("a", "b") and opened(tmp_path).has_test_split


def test_a_folder_without_a_test_split_says_so(tmp_path):
    write(tmp_path / "1.png")
    source = opened(tmp_path, split="test")
    assert len(source) == 1 and not source.has_test_split
    assert any("no test split" in line for line in source.report.lines())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_sets_of_none_one_and_two_pictures(tmp_path, count):
    for index in range(count):
        write(tmp_path / f"{index}.png", picture(index))
    if count == 0:
        with pytest.raises(DataError, match="holds no files; expected a folder of pictures"):
            opened(tmp_path)
        return
    source = opened(tmp_path)
    assert len(source) == count and source.read(np.zeros(5, int))["real"].shape == (5, 16, 16, 3)
    assert any("memorize" in warning for warning in source.report.warnings)


def test_one_picture_file_is_a_set(tmp_path):
    assert len(opened(write(tmp_path / "only.png"))) == 1


def test_a_folder_of_text_files_says_what_it_holds(tmp_path):
    for index in range(3):
        (tmp_path / f"{index}.txt").write_text("words")
    with pytest.raises(DataError, match=r"holds 3 \.txt files and no pictures; expected"):
        survey(tmp_path)


def test_only_bad_pictures_is_an_error_of_the_survey_too(tmp_path):
    (tmp_path / "1.png").write_bytes(b"words")
    with pytest.raises(DataError, match=r"None of the 1 pictures .* can be opened"):
        survey(tmp_path)


def test_missing_paths_and_names_get_the_nearest_name():
    with pytest.raises(DataError, match=r"There is no data at 'digit'.*Did you mean 'digits'"):
        survey("digit")
    with pytest.raises(DataError, match=r"There is no split 'tset'.*Did you mean 'test'"):
        open_source("digits", CODEC, split="tset")


def test_pictures_and_points_are_not_mixed_up(tmp_path):
    write(tmp_path / "1.png")
    with pytest.raises(DataError, match="holds pictures and the recipe makes points"):
        open_source(tmp_path, PointsCodec())
    with pytest.raises(DataError, match="holds points of numbers and the recipe makes pictures"):
        open_source("toy:ring", CODEC)


def test_the_licence_beside_the_data_is_quoted(tmp_path):
    write(tmp_path / "1.png")
    assert opened(tmp_path).report.licence == "not stated"
    (tmp_path / "LICENSE.txt").write_text("\nCC BY 4.0\nmore words")
    assert opened(tmp_path).report.licence == "LICENSE.txt: CC BY 4.0"


def test_links_in_a_circle_end(tmp_path):
    write(tmp_path / "1.png")
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(opened(tmp_path)) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="switches to a user without rights")
def test_what_must_not_be_read_gets_a_sentence():
    # Not in tmp_path, whose parents are closed to other users already.
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        for index in range(6):
            write(place / f"{index}.png", picture(index))
        (place / "3.png").chmod(0)
        os.seteuid(65534)
        try:
            source = opened(place)
            assert len(source) == 5 and "3.png cannot be read (Permission denied)" in source.report.refused[0][1]
            os.seteuid(0)
            write(place / "inner" / "7.png", picture(7))
            (place / "inner").chmod(0o744)  # its names can be read, and nothing of what they name
            os.seteuid(65534)
            with pytest.raises(DataError, match="cannot be read"):
                opened(place)
            os.seteuid(0)
            place.chmod(0)
            os.seteuid(65534)
            with pytest.raises(DataError, match="cannot be read"):
                opened(place)
        finally:
            os.seteuid(0)


def test_the_report_for_files_has_no_paths_of_this_machine(tmp_path):
    write(tmp_path / "set" / "1.png")
    report = open_source(tmp_path / "set", CODEC, cache=tmp_path / "cache").report
    assert str(tmp_path) in "\n".join(report.lines()) and str(tmp_path) not in str(report.to_json())


def test_a_set_too_large_for_disk_and_memory_is_decoded_while_read(tmp_path, monkeypatch):
    for index in range(6):
        write(tmp_path / f"{index}.png", picture(index))
    (tmp_path / "2-broken.png").write_bytes(b"")
    monkeypatch.setattr("mulligan.data._open._machine_memory", lambda: 0)
    source = pickle.loads(pickle.dumps(opened(tmp_path)))
    expected = np.stack([picture(seed) for seed in range(6)])
    assert (source.read(np.array([5, 0, 3]))["real"] == expected[[5, 0, 3]]).all() and len(source) == 6
    assert source.report.lines()[-1] == "cache: none, decoded at each reading"
