"""A GAN of a user's own, in one file anywhere on the disk: the example of the documentation, from another folder."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import *  # noqa: F403 -- fixtures

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "my_gan.py"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with a copy of the example two folders away from where one works."""
    (tmp_path / "files/of/mine").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Path(shutil.copy(EXAMPLE, tmp_path / "files/of/mine"))


def test_the_example_is_short_and_passes_its_check(mulligan):
    lines = [line for line in EXAMPLE.read_text().splitlines() if line.strip()]
    assert len(lines) <= 50
    assert "same alone or in a batch" in mulligan("check", EXAMPLE).out


def test_it_trains_resumes_generates_and_is_scored(mulligan, refused, elsewhere):
    small = ("--batch", 8, "--set", "score_samples=64", "--set", "networks.critic.width=8", "--json")
    first = json.loads(mulligan("train", "digits", "--recipe", elsewhere, "--steps", 6, "--out", "run", *small).out)
    assert first["images"] == 48 and Path("run/my_gan.py").read_text() == EXAMPLE.read_text()
    again = mulligan("train", "--resume", "run", "--recipe", elsewhere, "--steps", 9, "--json")
    assert json.loads(again.out)["images"] == 72
    answer = mulligan("generate", "run", "--recipe", "run/my_gan.py", "-n", 2, "-o", "pictures")
    assert answer.code == 0 and Path("pictures/grid.png").is_file()
    assert "frechet" in mulligan("evaluate", "run", "--recipe", elsewhere, "-n", 20).out

    for words in (("generate", "run"), ("evaluate", "run"), ("interpolate", "run"), ("train", "--resume", "run")):
        assert "your own file my_gan.py; name it, or the copy in the run folder: --recipe" in refused(*words)
    elsewhere.write_text(elsewhere.read_text().replace("margin: float = 1.0", "margin: float = 2.0"))
    assert "is not the my_gan.py that this was made with" in refused("generate", "run", "--recipe", elsewhere)
    assert "not the my_gan.py" in refused("train", "--resume", "run", "--recipe", elsewhere)
    assert "there is no recipe file" in refused("generate", "run", "--recipe", "gone.py")


def test_its_numbers_can_be_set(mulligan, elsewhere):
    shown = json.loads(mulligan("show", elsewhere, "--set", "game.objective.margin=2", "--json").out)
    assert shown["game"]["objective"] == {"is": "my_gan.py:SquaredHinge", "margin": 2}
    assert shown["networks"]["generator"] == {"is": "my_gan.py:Painter"}
    assert "generator: " in mulligan("show", elsewhere).out


def test_an_exact_resume(mulligan, elsewhere):
    small = ("--recipe", elsewhere, "--batch", 8, "--set", "score_samples=64", "--set", "networks.critic.width=8")
    mulligan("train", "digits", *small, "--steps", 8, "--out", "whole", "--set", "tick_images=32")
    mulligan("train", "digits", *small, "--steps", 4, "--out", "half", "--set", "tick_images=32")
    mulligan("train", "--resume", "half", "--recipe", elsewhere, "--steps", 8)
    from mulligan import tensorfile

    whole, half = (tensorfile.read(Path(name, "model.safetensors"))[1]["sha256"] for name in ("whole", "half"))
    assert whole == half
