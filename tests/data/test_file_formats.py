"""Files that hold whole sets: idx, CIFAR-10, numpy, zip and tar, Hugging Face."""

import gzip
import io
import json
import lzma
import pickle
import re
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from _pictures import encoded, picture

from mulligan.codecs import ImageCodec, PointsCodec
from mulligan.data import open_source, survey
from mulligan.errors import DataError

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (20, 6, 5), dtype=np.uint8)
LABELS = np.arange(20) % 4
GREY = ImageCodec(size=(6, 5), channels=1)


def everything(place, codec, split="train"):
    source = open_source(place, codec, split, cache=False)
    return source.read(np.arange(len(source)))


def idx(array, packed=False):
    content = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    return gzip.compress(content) if packed else content


# idx


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_are_found_by_content_with_splits_by_name(tmp_path, packed):
    suffix = ".gz" if packed else ""
    for name, part in (("train", slice(0, 15)), ("t10k", slice(15, 20))):
        (tmp_path / f"{name}-images-idx3-ubyte{suffix}").write_bytes(idx(PICTURES[part], packed))
        (tmp_path / f"{name}-labels-idx1-ubyte{suffix}").write_bytes(idx(LABELS[part], packed))
    batch = everything(tmp_path, GREY)
    assert (batch["real"][..., 0] == PICTURES[:15]).all() and (batch["label"] == LABELS[:15]).all()
    assert (everything(tmp_path, GREY, "test")["real"][..., 0] == PICTURES[15:]).all()
    assert len(everything(tmp_path, GREY, "all")["real"]) == 20
    assert survey(tmp_path).class_names == ("0", "1", "2", "3") and survey(tmp_path).size == (6, 5)


def test_any_pair_of_idx_files_goes_together_and_labels_may_be_missing(tmp_path):
    (tmp_path / "glyphs").write_bytes(idx(PICTURES))
    assert "label" not in everything(tmp_path, GREY)
    (tmp_path / "which").write_bytes(idx(LABELS))
    assert (everything(tmp_path, GREY)["label"] == LABELS).all()
    assert (everything(tmp_path / "glyphs", GREY)["label"] == LABELS).all()


def test_damaged_idx_files_get_a_sentence(tmp_path):
    place = tmp_path / "train-images-idx3-ubyte"
    place.write_bytes(idx(PICTURES)[:-7])
    with pytest.raises(DataError, match="cut short: 593 of 600 bytes; download it again"):
        everything(tmp_path, GREY)
    place.write_bytes(idx(PICTURES, packed=True)[:-60])
    with pytest.raises(DataError, match="cut short or damaged"):
        everything(tmp_path, GREY)
    place.write_bytes(idx(PICTURES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:9]))
    with pytest.raises(DataError, match="20 pictures and train-labels-idx1-ubyte 9 labels"):
        everything(tmp_path, GREY)


def test_mnist_and_fashion_mnist_are_read_whole(shared):
    for name, first in (("mnist", [5, 0, 4, 1, 9]), ("fashion-mnist", [9, 0, 0, 3, 0])):
        source = open_source(shared / name, ImageCodec(size=(28, 28), channels=1), cache=False)
        assert len(source) == 60_000 and source.read(np.arange(5))["label"].tolist() == first
        assert survey(shared / name).splits == ("train", "test") and source.report.licence.startswith("LICENSE")


# CIFAR-10


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_cifar_records_are_red_green_blue_planes(tmp_path, pack):
    colors = RNG.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    labels = np.array([[0], [9], [3], [3], [1], [2]], np.uint8)
    records = np.concatenate([labels, colors.transpose(0, 3, 1, 2).reshape(6, -1)], axis=1)
    suffix = {gzip.compress: ".gz", lzma.compress: ".xz"}.get(pack, "")
    (tmp_path / f"data_batch_1.bin{suffix}").write_bytes(pack(records[:4].tobytes()))
    (tmp_path / f"test_batch.bin{suffix}").write_bytes(pack(records[4:].tobytes()))
    codec = ImageCodec(size=(32, 32))
    batch = everything(tmp_path, codec)
    assert (batch["real"] == colors[:4]).all() and batch["label"].tolist() == [0, 9, 3, 3]
    assert (everything(tmp_path, codec, "test")["real"] == colors[4:]).all()
    assert survey(tmp_path).count == 4 and survey(tmp_path).class_names[9] == "truck"


def test_the_real_cifar_files_are_counted_without_unpacking(shared):
    found = survey(shared / "cifar10")
    assert (found.kind, found.count, found.size) == ("cifar", 20_000, (32, 32))
    test = everything(shared / "cifar10", ImageCodec(size=(32, 32)), "test")
    assert np.bincount(test["label"]).tolist() == [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]


# numpy


def color(count=8, height=12, width=9):
    """Smooth color pictures: a real picture differs less between neighbors than between channels."""
    ramp = np.add.outer(np.arange(height) * 8, np.arange(width) * 5)
    return np.stack([np.stack([ramp, 255 - ramp, ramp // 2 + seed], axis=-1) for seed in range(count)]).astype(np.uint8)


LAYOUTS = {
    "bytes": (color(), color()),
    "channels first": (color().transpose(0, 3, 1, 2), color()),
    "0..1": (color() / 255.0, color()),
    "-1..1": (color().astype(np.float32) / 127.5 - 1, color()),
    "0..255 as floats": (color().astype(np.float32), color()),
    "16-bit": (color().astype(np.uint16) * 257, color()),
    "whole numbers": (color().astype(np.int64), color()),
    "grey": (color()[..., 0], color()[..., :1].repeat(3, 3)),
    "black and white": (color()[..., 0] > 128, ((color()[..., :1] > 128) * 255).repeat(3, 3)),
    "3 wide, channels first": (color(width=3).transpose(0, 3, 1, 2), color(width=3)),
    "3 high, channels last": (color(height=3), color(height=3)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_numpy_pictures_of_any_layout_and_range(tmp_path, layout):
    values, expected = LAYOUTS[layout]
    np.savez(tmp_path / "set.npz", images=values, labels=np.array(list("aabbccdd")))
    batch = everything(tmp_path / "set.npz", ImageCodec(size=expected.shape[1:3]))
    assert (batch["real"] == expected).all() and batch["label"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert survey(tmp_path / "set.npz").class_names == ("a", "b", "c", "d")
    np.save(tmp_path / "set.npy", values)
    assert (everything(tmp_path / "set.npy", ImageCodec(size=expected.shape[1:3]))["real"] == expected).all()


def test_numpy_rows_are_points(tmp_path):
    rows = RNG.normal(size=(30, 4))
    np.savez(tmp_path / "rows.npz", X=rows, y=np.linspace(0, 1, 30))
    assert np.allclose(everything(tmp_path / "rows.npz", PointsCodec(4))["real"], rows)
    source = open_source(tmp_path / "rows.npz", PointsCodec(4), cache=tmp_path / "cache")
    assert source.class_names == () and any(
        "float64 and no whole numbers; expected" in line for line in source.report.lines()
    )
    again = open_source(tmp_path / "rows.npz", PointsCodec(4), cache=tmp_path / "cache")
    assert again.read(np.array([1]))["real"].dtype == np.float32 and "found there" in again.report.cache
    found = survey(tmp_path / "rows.npz")
    assert found.center == pytest.approx(rows.mean(), abs=1e-6) and found.spread == pytest.approx(rows.std(), abs=1e-6)


@pytest.mark.parametrize(
    "labels, said",
    [
        (np.eye(3, dtype=np.float32)[np.arange(30) % 3], r"one-hot, of shape \[30, 3\]; .* save labels.argmax\(1\)"),
        (np.ones((30, 2)), r"of shape \[30, 2\]; expected whole numbers from 0, or texts, of shape \[30\]"),
        (np.full(30, -1), "are all -1"),
        (np.linspace(0, 1, 30), "are float64 and no whole numbers"),
    ],
)
def test_labels_that_are_no_classes_say_what_they_are_and_what_was_expected(tmp_path, labels, said):
    np.savez(tmp_path / "set.npz", images=color().repeat(4, 0)[:30], labels=labels)
    found = survey(tmp_path / "set.npz")
    assert found.class_names == () and re.search(said, found.unlabelled)
    source = open_source(tmp_path / "set.npz", ImageCodec(size=(8, 8)), cache=tmp_path / "cache")
    assert f"labels are not used: {found.unlabelled}" in source.report.lines()


class Danger:
    def __reduce__(self):
        return (print, ("a pickle was loaded",))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"images": np.array([Danger()] * 3)}, "holds pickled Python objects, which can run code and are never loaded"),
        ({"weights": np.zeros(3)}, "holds arrays named weights; expected the samples as 'images'"),
        ({"images": np.full((3, 4, 4), 300.0)}, "values from 300 to 300; expected 0..255, 0..1 or -1..1"),
        ({"images": np.full((3, 4, 4), np.nan)}, "values from nan to nan"),
        ({"images": np.zeros((3, 5, 4, 6))}, r"shape \(5, 4, 6\); expected 1, 3 or 4 channels"),
        ({"images": np.zeros(5)}, r"expected numbers as points \[n, d\] or pictures"),
        ({"images": np.zeros((5, 4, 4)), "labels": np.zeros(4)}, r"5 samples and labels of shape \(4,\); expected one"),
        ({"x": np.full((3, 2), np.inf)}, "not finite"),
    ],
)
def test_numpy_files_that_are_no_samples_get_a_sentence(tmp_path, capsys, arrays, sentence):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(DataError, match=sentence):
        survey(tmp_path / "set.npz")
    assert capsys.readouterr().out == ""


def test_numpy_files_cut_short_get_a_sentence(tmp_path):
    np.save(tmp_path / "set.npy", PICTURES)
    (tmp_path / "set.npy").write_bytes((tmp_path / "set.npy").read_bytes()[:-50])
    with pytest.raises(DataError, match="damaged"):
        survey(tmp_path / "set.npy")


# zip and tar


def members():
    return {f"top/{label}/{index}.png": encoded(picture(index)) for index, label in enumerate("abba")}


def test_archives_give_what_the_folder_gives(tmp_path):
    for name, content in members().items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name, content in members().items():
            archive.writestr(name, content)
        archive.writestr("__MACOSX/top/a/._0.png", b"x")
        archive.writestr("README.md", b"words")
    for mode in ("", ":gz", ":xz", ":bz2"):
        with tarfile.open(tmp_path / f"set.tar{mode.replace(':', '.')}", f"w{mode}") as archive:
            archive.add(tmp_path / "folder" / "top", "top")
    codec = ImageCodec(size=(16, 16))
    expected = everything(tmp_path / "folder", codec)
    for name in ("set.zip", "set.tar", "set.tar.gz", "set.tar.xz", "set.tar.bz2"):
        source = pickle.loads(pickle.dumps(open_source(tmp_path / name, codec, cache=tmp_path / "cache")))
        batch = source.read(np.arange(4))
        order = np.lexsort(batch["real"].reshape(4, -1).T), np.lexsort(expected["real"].reshape(4, -1).T)
        assert (batch["real"][order[0]] == expected["real"][order[1]]).all()
        assert (batch["label"][order[0]] == expected["label"][order[1]]).all() and source.class_names == ("a", "b")
        assert not source.report.refused and survey(tmp_path / name).count == 4


def test_an_archive_decoded_while_read_opens_in_every_process(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name, content in members().items():
            archive.writestr(name, content)
    monkeypatch.setattr("mulligan.data._open._machine_memory", lambda: 0)
    source = open_source(tmp_path / "set.zip", ImageCodec(size=(16, 16)), cache=False)
    copy = pickle.loads(pickle.dumps(source))
    assert (copy.read(np.array([2]))["real"] == source.read(np.array([2]))["real"]).all()


def test_a_folder_with_one_data_file_means_that_file_and_two_ask_which(tmp_path):
    np.save(tmp_path / "a.npy", PICTURES)
    (tmp_path / "README.md").write_text("words")
    assert survey(tmp_path).kind == "arrays"
    np.save(tmp_path / "b.npy", PICTURES)
    with pytest.raises(DataError, match=r"holds 2 data files \(a.npy, b.npy\); name the one"):
        survey(tmp_path)


def test_the_real_emoji_are_read_from_their_zip(shared):
    found = survey(shared / "noto-emoji")
    assert (found.kind, found.count, found.size, found.channels) == ("archive", 3583, (128, 128), 3)


# Hugging Face


def parquet(place, count, names=None, labels=None, path_only=False):
    pyarrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    cells = [
        {"bytes": None if path_only else encoded(picture(index)), "path": f"{index}.png"} for index in range(count)
    ]
    columns = {"text": ["x"] * count, "image": cells}
    features = {"image": {"_type": "Image"}}
    if labels is not None:
        columns["label"] = labels
    if names:
        features["label"] = {"_type": "ClassLabel", "names": names}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})} if names else None
    place.parent.mkdir(parents=True, exist_ok=True)
    table = pyarrow.table(columns).replace_schema_metadata(metadata)
    writer.write_table(table, place, row_group_size=3)


def test_parquet_files_are_read_with_class_names_and_splits(tmp_path):
    parquet(tmp_path / "data" / "train-00000-of-00002.parquet", 7, ["cat", "dog"], [0, 1, 1, 0, 0, 0, 1])
    parquet(tmp_path / "data" / "train-00001-of-00002.parquet", 2, ["cat", "dog"], [1, 1])
    parquet(tmp_path / "data" / "test-00000-of-00001.parquet", 4, ["cat", "dog"], [0, 0, 0, 1])
    codec = ImageCodec(size=(16, 16))
    source = pickle.loads(pickle.dumps(open_source(tmp_path, codec, cache=tmp_path / "cache")))
    batch = source.read(np.arange(9))
    assert (batch["real"] == np.stack([picture(index) for index in (0, 1, 2, 3, 4, 5, 6, 0, 1)])).all()
    assert batch["label"].tolist() == [0, 1, 1, 0, 0, 0, 1, 1, 1] and source.class_names == ("cat", "dog")
    assert everything(tmp_path, codec, "test")["label"].tolist() == [0, 0, 0, 1] and survey(tmp_path).count == 9


def test_one_parquet_file_may_have_words_as_labels_or_none(tmp_path):
    parquet(tmp_path / "words.parquet", 4, labels=["b", "a", "b", "c"])
    parquet(tmp_path / "none.parquet", 4)
    codec = ImageCodec(size=(16, 16))
    assert everything(tmp_path / "words.parquet", codec)["label"].tolist() == [1, 0, 1, 2]
    assert "label" not in everything(tmp_path / "none.parquet", codec)


def test_missing_labels_are_not_used_and_paths_are_not_followed(tmp_path):
    parquet(tmp_path / "hidden.parquet", 4, ["a", "b"], [-1, -1, -1, -1])
    source = open_source(tmp_path / "hidden.parquet", ImageCodec(size=(16, 16)), cache=False)
    assert source.class_names == () and any("labels are missing" in line for line in source.report.lines())
    parquet(tmp_path / "paths.parquet", 4, ["a", "b"], [0, 1, 0, 1], path_only=True)
    with pytest.raises(DataError, match="or only its path; embed the pictures"):
        open_source(tmp_path / "paths.parquet", ImageCodec(size=(16, 16)), cache=False)


def test_a_folder_that_datasets_saved_is_read(tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["x", "y"])})
    cells = [{"bytes": encoded(picture(index)), "path": None} for index in range(5)]
    saved = datasets.Dataset.from_dict({"image": cells, "label": [0, 1, 1, 0, 1]}, features=features)
    saved.select([4, 2, 0]).save_to_disk(tmp_path / "one")
    datasets.DatasetDict(train=saved, test=saved.select([1])).save_to_disk(tmp_path / "two")
    codec = ImageCodec(size=(16, 16))
    batch = everything(tmp_path / "one", codec)
    assert (batch["real"] == np.stack([picture(index) for index in (4, 2, 0)])).all()
    assert batch["label"].tolist() == [1, 1, 0]
    assert everything(tmp_path / "two", codec)["label"].tolist() == [0, 1, 1, 0, 1]
    assert (everything(tmp_path / "two", codec, "test")["real"] == picture(1)).all()


def test_a_broken_png_in_a_zip_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name, content in members().items():
            archive.writestr(name, content)
        archive.writestr("top/a/broken.png", encoded(picture())[:99])
    source = open_source(tmp_path / "set.zip", ImageCodec(size=(16, 16)), cache=False)
    assert [name for name, _ in source.report.refused] == ["top/a/broken.png"] and source.class_counts == (2, 2)


def whole_files(folder):
    """One small whole file of every kind."""
    with (
        zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        tarfile.open(folder / "set.tgz", "w:gz") as tar,
    ):
        for name, content in members().items():
            archive.writestr(name, content)
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    np.savez(folder / "set.npz", images=PICTURES, labels=LABELS)
    np.save(folder / "set.npy", PICTURES)
    (folder / "set-idx3-ubyte").write_bytes(idx(PICTURES))
    (folder / "packed-idx3-ubyte.gz").write_bytes(idx(PICTURES, packed=True))
    (folder / "data_batch_1.bin.xz").write_bytes(lzma.compress(bytes(4 * 3073)))
    parquet(folder / "set.parquet", 6, ["a", "b"], [0, 1, 0, 1, 1, 1])
    return sorted(folder.iterdir())


def test_files_changed_at_random_are_read_or_get_a_sentence(tmp_path):
    (tmp_path / "whole").mkdir()
    random = np.random.default_rng(0)
    outcomes = {True: 0, False: 0}
    for path in whole_files(tmp_path / "whole"):
        for _ in range(60):
            content = bytearray(path.read_bytes())
            for position in random.integers(0, min(len(content), 400), 3):
                content[position] = random.integers(0, 256)
            changed = tmp_path / path.name
            changed.write_bytes(content[: random.integers(1, len(content))] if random.random() < 0.3 else content)
            try:
                open_source(changed, ImageCodec(size=(6, 5)), cache=False)
                outcomes[True] += 1
            except DataError:
                outcomes[False] += 1
            changed.unlink()
    # Any other error fails the test; both outcomes show that it had something to find.
    assert min(outcomes.values()) > 20
