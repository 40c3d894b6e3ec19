"""What is decided for a user who named only data: the size, and what to do with labels."""

import json

import _tiny_runs as tiny
import pytest
from PIL import Image

from mulligan.assemble.plan import Options, make_plan
from mulligan.errors import RecipeError
from mulligan.recipes import auto


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two large pictures."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("a", "b"):
        Image.new("RGB", (800, 600), "red").save(folder / f"{name}.png")
    return folder


def planned(where, device="cuda", **options):
    return make_plan(str(where), Options(cache=False, **options), device)


@pytest.mark.parametrize(
    "device, options, size",
    [
        ("cuda", {}, (96, 128)),
        ("cpu", {}, (48, 64)),
        ("cpu", {"recipe": "wgan-gp"}, (192, 256)),
        ("cuda", {"recipe": "dense"}, (192, 256)),
        ("cuda", {"recipe": "dcgan", "size": (384, 512)}, (384, 512)),
    ],
)
def test_nobody_trains_at_the_resolution_of_a_camera_unasked(photos, device, options, size):
    plan = planned(photos, device, **options)
    assert plan.codec.size == size
    told = [choice for choice in plan.choices if choice.startswith("size: ")]
    text = f"size: {size[0]}x{size[1]}, where the pictures' own is 600x800; name another one with --size"
    assert told == ([] if "size" in options else [text])


def test_pictures_that_are_blown_up_say_so_and_auto_names_its_largest_size():
    assert "size: 32x32 as asked for, blown up from 8x8" in planned("digits", size=32).choices
    assert not [choice for choice in planned("digits", size=16).choices if choice.startswith("size")]
    with pytest.raises(RecipeError, match="auto goes up to 10,000: type a smaller --size"):
        planned("digits", size=(10_001, 8))


@pytest.mark.parametrize(
    "count, classes, said", [(1000, 10, True), (999, 10, False), (10**6, 1001, False), (9, 1, False)]
)
def test_auto_points_out_labels_that_are_worth_it(count, classes, said):
    recipe, reasons = auto.choose(count, (32, 32), classes, "cpu")
    text = f"no labels, although {classes} classes were found; --labels trains with them"
    assert (reasons[-1] == text) == said and not recipe.labels


@pytest.mark.parametrize("labels, told", [(None, True), (True, False), (False, False)])
def test_who_has_decided_about_labels_is_not_told_of_them(labels, told, tmp_path):
    for name in ("cats", "dogs"):
        tiny.pictures(tmp_path / name, auto.FEWEST_OF_A_CLASS)
    plan = planned(tmp_path, "cpu", labels=labels)
    assert any("2 classes were found; --labels" in choice for choice in plan.choices) == told


@pytest.mark.parametrize("size", [8, 16])
def test_auto_trains_with_labels(size, tmp_path):
    thin = ("tick_images=16", "score_samples=20")
    result = tiny.start(tmp_path / "run", recipe="auto", size=size, labels=True, steps=2, set=thin)
    resolved = json.loads((result.folder / "recipe.json").read_text())
    assert all(network["labels"] == 10 for network in resolved["recipe"]["networks"].values())
