"""The scripts that learners read: each runs as it stands, here with a few steps."""

import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mulligan.codecs._provenance import read_provenance

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
SCRIPTS = ["first_gan_torch.py", "first_gan_keras.py", "dcgan_torch.py", "dcgan_keras.py"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a script as a learner does, in an empty folder, and return what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MULLIGAN_CACHE", str(tmp_path / "cache"))

    def run(name: str, *words: str) -> str:
        if name.endswith("_keras.py"):
            pytest.importorskip("tensorflow")
        monkeypatch.setattr(sys, "argv", [name, *words])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def told(line: str) -> list[float]:
    """The numbers behind the names of a status line."""
    return [float(number) for number in re.findall(r"(?<=[a-z_:] )-?(?:\d+\.\d+|nan|inf)", line)]


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name.startswith("first_gan")])
def test_a_first_gan_finds_out_that_digits_stand_in_the_middle(run, name):
    printed = run(name, "--steps", "60", "--every", "30", "--out", "first.png")
    lines = [line for line in printed.splitlines() if line.startswith("step ")]
    assert len(lines) == 2
    for line in lines:
        critic, generator, both = told(line)
        assert both == pytest.approx(critic + generator, abs=0.002)
    sheet = np.pad(np.asarray(Image.open("first.png"), float), ((0, 2), (0, 2)))  # the gap after the last ones
    tiles = sheet.reshape(8, 50, 8, 50)[:, :48, :, :48]
    assert tiles[..., 18:30].mean() > tiles[..., :6].mean() + 20
    assert read_provenance(Path("first.png"))["model"] == "first GAN"


def test_dcgan_in_torch(run):
    printed = run("dcgan_torch.py", "--steps", "4", "--every", "2", "--width", "4", "--out", "dcgan.png")
    lines = [line for line in printed.splitlines() if line.startswith("step ")]
    assert len(lines) == 2 and np.isfinite(told(lines[-1])).all() and len(told(lines[-1])) == 4
    assert "ConvTranspose2d" in printed and Image.open("dcgan.png").size[0] > 100


def test_dcgan_in_keras(run):
    printed = run("dcgan_keras.py", "--steps", "4", "--every", "2", "--width", "4", "--out", "made")
    assert printed.count("critic/fake: ") == 2 and "Conv2DTranspose" in printed
    names = ["epoch-0001.png", "epoch-0002.png", "last.keras", "model.safetensors"]
    assert sorted(path.name for path in Path("made").iterdir()) == names


def test_they_take_a_path_to_mnist(run, shared):
    printed = run("first_gan_torch.py", str(shared / "mnist"), "--steps", "1", "--out", "mnist.png")
    assert "60,000 pictures of shape (28, 28, 1)" in printed


@pytest.mark.parametrize(("one", "other"), [SCRIPTS[:2], SCRIPTS[2:]])
def test_both_frameworks_are_told_in_the_same_steps(one, other):
    """Who reads one and then the other finds everything in its place."""
    steps = [re.findall(r"# (\d)\. ", (EXAMPLES / name).read_text()) for name in (one, other)]
    assert steps[0] == steps[1] == list("1234567")


def test_the_page_of_keras_runs_as_it_is_written(tmp_path, monkeypatch):
    """Its blocks one after the other, with shorter trainings."""
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    page = (EXAMPLES.parent / "keras.md").read_text()
    known: dict = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(re.sub(r"epochs=\d+", "epochs=1, steps_per_epoch=2, verbose=0", block), known)
    assert known["history"].history["critic/fake"] and Path("samples/epoch-0001.png").is_file()
    assert known["again"].images > known["tuned"].images == 0
    assert (known["model"].generate(4) == known["tuned"].generate(4)).all()
