"""Data of nothing, of one picture, and of about a batch."""

import _tiny_runs as tiny
import pytest

from mulligan.assemble.plan import Options
from mulligan.assemble.training import train
from mulligan.errors import DataError


def told(capsys, folder, photos, **options):
    chosen = {"recipe": "dense", "batch": tiny.BATCH, "steps": 4, "set": tiny.TINY, "cache": False} | options
    result = train(str(photos), Options(**chosen), out=folder, display="plain")
    return result, capsys.readouterr().out


def test_no_picture_is_an_error(tmp_path):
    photos = tiny.pictures(tmp_path / "photos", 0)
    with pytest.raises(DataError, match="holds no files"):
        tiny.start(tmp_path / "run", photos)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("count", [1, 2, tiny.BATCH - 1, tiny.BATCH, tiny.BATCH + 1])
def test_few_pictures_work_and_the_user_is_warned(count, tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", count)
    result, out = told(capsys, tmp_path / "run", photos)
    assert (result.reason, result.images) == ("budget", 4 * tiny.BATCH)
    assert ("memorize" in out) == (count < 10)
    assert (f"the batch (8) is larger than the data ({count})" in out) == (count < tiny.BATCH)
    assert "score" not in out, "a distribution cannot be told from so few"


def test_enough_pictures_are_scored(tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 12)
    result, out = told(capsys, tmp_path / "run", photos)
    assert result.scores[0]["measure"] == "frechet" and "memorize" not in out
    assert "floor" not in result.scores[0], "a folder of pictures has no test split"
