"""Data that cannot be used, or only in part: one sentence and exit code 2, or a warning and a run."""

import ctypes
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY, check_sentence
from PIL import Image

SHORT = (*TINY[2:], "--steps", "2", "--display", "plain")


def pictures(folder: Path, count: int, size: int = 8) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for index in range(count):
        Image.fromarray(random.integers(0, 255, (size, size), np.uint8)).save(folder / f"{index:03d}.png")
    return folder


def bomb(path: Path, side: int = 30_000) -> Path:
    """A PNG of a few hundred bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(side))) + chunk(b"IEND", b"")
    )
    return path


def test_empty_folder(refused, in_tmp):
    (in_tmp / "empty").mkdir()
    assert "'empty' holds no files; expected a folder of pictures" in refused("train", "empty", *SHORT)


def test_no_such_data(refused, in_tmp):
    assert "no data at 'digitz'" in (said := refused("train", "digitz", *SHORT)) and "Did you mean 'digits'?" in said


def test_text_instead_of_pictures(refused, in_tmp):
    (in_tmp / "notes").mkdir()
    (in_tmp / "notes/a.txt").write_text("hello")
    assert "1 .txt files and no pictures" in refused("train", "notes", *SHORT)
    assert "'a.txt' is none of the kinds that can be read" in refused("train", "notes/a.txt", *SHORT)


def test_text_that_calls_itself_a_picture(refused, in_tmp):
    (in_tmp / "lies").mkdir()
    (in_tmp / "lies/a.png").write_text("hello")
    assert "1 pictures in lies can be opened (a.png: not a picture)" in refused("train", "lies", *SHORT)


def test_truncated_pictures(refused, in_tmp):
    for path in pictures(in_tmp / "half", 4, size=32).iterdir():
        path.write_bytes(path.read_bytes()[:400])
    said = refused("train", "half", *SHORT)
    assert "4 of 4 pictures in half cannot be used" in said and "000.png" in said


def test_huge_picture_is_refused_before_it_is_decoded(refused, in_tmp):
    bomb(in_tmp / "bombs/bomb.png")
    said = refused("train", "bombs", *SHORT)
    assert "bomb.png" in said and "900000000 pixels" in said.replace(",", "")


def test_a_bad_picture_among_good_ones_is_skipped_counted_and_named(mulligan, in_tmp):
    bomb(pictures(in_tmp / "most", 20) / "bomb.png")
    (in_tmp / "most/half.png").write_bytes((in_tmp / "most/000.png").read_bytes()[:50])
    answer = mulligan("train", "most", *SHORT)
    assert answer.code == 0, answer.err
    assert "refused 2 files" in answer.out and "half.png" in answer.out and "bomb.png" in answer.out


def test_zip_that_climbs_out(refused, in_tmp):
    picture = pictures(in_tmp / "one", 1) / "000.png"
    with zipfile.ZipFile(in_tmp / "evil.zip", "w") as archive:
        archive.write(picture, "../../evil.png")
    said = refused("train", "evil.zip", *SHORT)
    assert "../../evil.png" in said and not (in_tmp.parent / "evil.png").exists()


def test_damaged_zip(refused, in_tmp):
    (in_tmp / "half.zip").write_bytes(b"PK\x03\x04 nothing more")
    assert "cut short or damaged" in refused("train", "half.zip", *SHORT)


def test_one_picture_works_with_a_warning(mulligan, in_tmp):
    pictures(in_tmp / "one", 1)
    answer = mulligan("train", "one", *SHORT)
    assert answer.code == 0, answer.err
    assert "only 1 picture: the networks will memorize" in answer.out
    assert "the batch (16) is larger than the data (1)" in answer.out


@pytest.mark.parametrize("count", [2, 15, 16, 17])
def test_few_pictures_work(mulligan, in_tmp, count):
    pictures(in_tmp / "few", count)
    answer = mulligan("train", "few", *SHORT)
    assert answer.code == 0, answer.err
    assert ("larger than the data" in answer.out) == (count < 16)


def test_labels_missing_where_needed(refused, in_tmp):
    pictures(in_tmp / "flat", 4)
    said = refused("train", "flat", "--recipe", "cgan", "--steps", 2)
    assert "trains with labels and the data has none; expected class subfolders" in said
    assert "class subfolders" in refused("train", "flat", "--labels", *SHORT)
    np.savez(in_tmp / "onehot.npz", images=np.zeros((20, 8, 8), np.uint8), labels=np.eye(20, dtype=np.uint8))
    assert "trains with labels and the labels are one-hot" in refused("train", "onehot.npz", "--labels", *SHORT)


def test_size_that_the_network_cannot_make(refused, in_tmp):
    assert "cannot make pictures of 33x33" in (said := refused("train", "digits", "--size", 33, *SHORT))
    assert "32x32" in said
    assert "0" in refused("train", "digits", "--size", 0, *SHORT)


def test_points_where_pictures_are_needed(refused, in_tmp):
    assert "points" in refused("train", "toy:ring", *SHORT)


def test_resume_when_the_data_changed(mulligan, refused, in_tmp):
    pictures(in_tmp / "data", 20)
    assert mulligan("train", "data", *SHORT, "--out", "run").code == 0
    Image.new("L", (8, 8), 7).save(in_tmp / "data/000.png")
    said = refused("train", "--resume", "run", "--steps", 4)
    assert "is not what this run was started with" in said


def test_evaluate_too_few_pictures_or_none(refused, plain_run, in_tmp):
    pictures(in_tmp / "two", 2)
    assert "too few to be scored" in refused("evaluate", "two", "--data", "digits")
    assert "name the data: mulligan evaluate two --data DATA" in refused("evaluate", "two")
    assert "there is nothing at nowhere" in refused("evaluate", "nowhere", "--data", "digits")
    assert "no data at 'nowhere'" in refused("evaluate", plain_run, "--data", "nowhere")
    assert "points" in refused("evaluate", "toy:ring", "--data", "digits")


@pytest.mark.skipif(sys.platform != "linux", reason="rights are given up in the way of Linux")
def test_unreadable_pictures(in_tmp):
    for path in pictures(in_tmp / "secret", 3).iterdir():
        path.chmod(0)
    answer = without_the_rights_of_root("train", "secret", *SHORT)
    check_sentence(answer.stderr)
    assert answer.returncode == 2 and "Permission denied" in answer.stderr and "000.png" in answer.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="rights are given up in the way of Linux")
@pytest.mark.parametrize("place", ["locked", "locked/run"])
def test_no_permission_to_write(in_tmp, plain_run, place):
    (in_tmp / "locked").mkdir(mode=0o555)
    for words in (("train", "digits", *SHORT, "--no-cache"), ("generate", plain_run, "-n", 1)):
        answer = without_the_rights_of_root(*words, "--out", place)
        check_sentence(answer.stderr)
        assert answer.returncode == 2 and "--out" in answer.stderr, answer.stderr


def without_the_rights_of_root(*words: object) -> subprocess.CompletedProcess:
    """The command run by a user whom permissions concern; the tests may run as root."""

    def give_up() -> None:
        for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, right)  # PR_CAPBSET_DROP

    command = [sys.executable, "-m", "mulligan", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=give_up, check=False)
