"""Archives that are decoded anew at each reading: several processes read one at once, each at a place of its own."""

import tarfile
import zipfile
from itertools import islice

import numpy as np
import pytest
from _pictures import encoded, picture

from mulligan.codecs import ImageCodec
from mulligan.data import _open, open_source
from mulligan.train.readers import Readers

COUNT = 40


@pytest.fixture(params=["set.zip", "set.tar", "set.tar.gz"])
def source(request, tmp_path, monkeypatch):
    place = tmp_path / request.param
    names = [f"{index:02d}.png" for index in range(COUNT)]
    for index, name in enumerate(names):
        (tmp_path / name).write_bytes(encoded(picture(index), "png"))
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w") as archive:
            for name in names:
                archive.write(tmp_path / name, name)
    else:
        with tarfile.open(place, "w:gz" if place.suffix == ".gz" else "w") as archive:
            for name in names:
                archive.add(tmp_path / name, name)
    monkeypatch.setattr(_open, "_machine_memory", lambda: 0)
    return open_source(place, ImageCodec(size=(8, 8)), cache=False)


def test_several_readers_of_one_archive_read_what_one_reads(source):
    random = np.random.default_rng(0)
    orders = [random.permutation(COUNT)[:16] for _ in range(60)]
    expected = [source.read(order)["real"].copy() for order in orders]
    told = []
    batches = Readers(source, iter(orders + orders[:10]), workers=2, tell=told.append)
    found = [batch["real"].copy() for batch in islice(iter(batches), len(orders))]
    assert not source.lost and not told
    assert all(np.array_equal(one, other) for one, other in zip(expected, found, strict=True))
