"""Walks through the latent space keep to the sphere, and their films play and say that they are generated."""

import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from mulligan.apps._latent import path
from mulligan.apps._media import save_mp4, save_walk
from mulligan.codecs._provenance import GENERATED, Provenance, read_provenance
from mulligan.errors import MissingExtraError, MulliganError
from mulligan.metrics.path_length import slerp

MADE_BY = Provenance(model="digits", model_hash="cd" * 32, seed=1)
SHARES = np.linspace(0, 1, 11)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """A walk between two digits of scikit-learn, blended pixel by pixel: raw [12, 8, 8, 1]."""
    first, last = load_digits().images[:2] * 255 / 16
    return np.stack([first + (last - first) * t for t in np.linspace(0, 1, 12)]).astype(np.uint8)[..., None]


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 64)).astype(np.float32)


def test_slerp_agrees_with_the_formula_of_shoemake(latents):
    a, b = (v / np.linalg.norm(v) for v in latents[:2].astype(np.float64))
    angle = np.arccos(a @ b)
    weights = np.sin((1 - SHARES) * angle) / np.sin(angle), np.sin(SHARES * angle) / np.sin(angle)
    assert slerp(a, b, SHARES) == pytest.approx(np.outer(weights[0], a) + np.outer(weights[1], b), abs=1e-6)


def test_slerp_begins_and_ends_where_it_should_and_never_shrinks_on_the_way(latents):
    points = slerp(latents[0], latents[1], SHARES)
    assert points[[0, -1]] == pytest.approx(latents[:2], abs=1e-5)
    lengths = np.linalg.norm(points, axis=1)
    assert lengths.min() >= min(lengths[0], lengths[-1]) - 1e-4
    steps = np.linalg.norm(np.diff(points / lengths[:, None], axis=0), axis=1)
    assert steps == pytest.approx(steps[0], rel=1e-4)


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-7, 2.0, -1.0, -1 - 1e-7, -3.0])
def test_slerp_handles_parallel_and_opposite_latents(latents, factor):
    points = slerp(latents[0], latents[0] * factor, SHARES)
    assert points[[0, -1]] == pytest.approx(np.stack([latents[0], latents[0] * factor]), abs=1e-4)
    lengths = np.linalg.norm(points, axis=1)
    assert lengths == pytest.approx(np.linspace(lengths[0], lengths[-1], len(SHARES)), rel=1e-4)


def test_slerp_handles_latents_of_one_number_and_of_nothing_but_zeros():
    assert np.isfinite(slerp(np.array([1.0]), np.array([-2.0]), SHARES)).all()
    assert slerp(np.zeros(3), np.ones(3), SHARES)[-1] == pytest.approx(np.ones(3))
    assert not slerp(np.zeros(3), np.zeros(3), SHARES).any()


def test_a_path_visits_every_latent_and_a_closed_one_comes_back(latents):
    open_path, closed = path(latents, frames=5), path(latents, frames=5, closed=True)
    assert open_path.shape == (11, 64) and closed.shape == (15, 64)
    assert open_path[[0, 5, 10]] == pytest.approx(latents, abs=1e-5)
    assert closed[:10] == pytest.approx(open_path[:10])
    ends = np.linalg.norm(closed[0] - closed[-1]), np.linalg.norm(closed[-1] - closed[-2])
    assert ends[0] == pytest.approx(ends[1], rel=0.1)
    assert path(latents[:1], frames=5) == pytest.approx(latents[:1])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_animation_plays_for_ever_and_is_marked(tmp_path, frames, channels):
    file = save_walk(tmp_path / "walk.gif", frames.repeat(channels, axis=3), MADE_BY, fps=20)
    read = Image.open(file)
    assert (read.n_frames, read.size, read.info["loop"], read.info["duration"]) == (12, (256, 256), 0, 50)
    assert GENERATED in read.info["comment"].decode()
    assert read_provenance(file)["model_hash"] == "cd" * 32
    for index in (0, 11):
        read.seek(index)
        # 256 greys fit the palette of a GIF exactly; colors are brought near.
        seen = np.asarray(read.convert("RGB"))[::32, ::32, 0].astype(int)
        assert np.abs(seen - frames[index, :, :, 0]).max() <= (0 if channels == 1 else 8)


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 301, 3)])
def test_a_film_plays_and_is_marked(tmp_path, frames, shape):
    av = pytest.importorskip("av")
    c = shape[2]
    raw = np.resize(frames.repeat(c, axis=3), (12, *shape)) if c == 3 else frames
    file = save_walk(tmp_path / "walk.mp4", raw, MADE_BY, fps=24)
    with av.open(str(file)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert GENERATED in film.metadata["comment"]
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert len(pictures) == 12
    assert all(side % 2 == 0 for side in pictures[0].shape[:2])
    if c == 1:
        assert np.abs(pictures[-1][16::32, 16::32, 0].astype(int) - raw[-1, :, :, 0]).max() < 16
    assert read_provenance(file)["seed"] == 1


def test_a_sheet_holds_every_frame(tmp_path, frames):
    file = save_walk(tmp_path / "walk.png", frames, MADE_BY)
    assert Image.open(file).size == (12 * 48 + 11 * 2, 48)
    assert read_provenance(file)["model"] == "digits"


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".png"])
def test_nothing_is_marked_when_marking_is_off(tmp_path, frames, suffix):
    if suffix == ".mp4":
        pytest.importorskip("av")
    file = save_walk(tmp_path / f"walk{suffix}", frames, None)
    assert read_provenance(file) is None
    assert b"Mulligan" not in file.read_bytes()


def test_a_kind_of_file_that_cannot_be_written_is_named_with_those_that_can(tmp_path, frames):
    with pytest.raises(MulliganError, match=r"'walk\.mp3' .*expected .* \.mp4 .*Did you mean '\.mp4'"):
        save_walk(tmp_path / "walk.mp3", frames, None)


def test_a_film_without_pyav_says_what_to_install(tmp_path, frames, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mulligan\[video\]'"):
        save_mp4(tmp_path / "walk.mp4", frames, None)
    assert list(tmp_path.iterdir()) == []
